# SPDX-License-Identifier: MIT
# The slurm layer is a ready-made one (layers/debian/ready-made.mk) with one file more: the public half of the boot
# server's key for nodes, which lets it bring munge's key, and nothing else. There is no secret in the layer.

SLURM_SSH_KEY := $(SERVER)/state/ssh/id_ed25519
slurm_TREES := $(BOARD_OUT)/slurm.tree

$(SLURM_SSH_KEY):
	$(call say,KEY,$@)
	$(Q)mkdir -p $(@D) && chmod 700 $(@D)
	$(Q)ssh-keygen -q -t ed25519 -N '' -C boot-server -f $@

slurm_authorized := $(slurm_TREES)/root/.ssh/authorized_keys.d/boot-server
$(slurm_authorized): $(SLURM_SSH_KEY) layers/slurm/slurm.mk
	$(Q)rm -rf $(slurm_TREES) && mkdir -p $(@D) && chmod 700 $(slurm_TREES)/root $(slurm_TREES)/root/.ssh
	$(Q)echo "restrict,command=\"/usr/sbin/slurm-key\" $$(cat $<.pub)" >$@

$(LAYERS_OUT)/slurm.cpio.zst $(LAYERS_OUT)/image/slurm.cpio.zst: $(slurm_authorized)
