# SPDX-License-Identifier: MIT
# Nodes in QEMU, the boot server and Slurm, on this machine (docs/cluster.md):
#
#   make cluster [NODES=4] [MEM=1024] [CPUS=2] [LAYERS="a b"] [RUN=program] [PORT=8000]
#
# A program in a folder with a file `layers` gets the layers named there: the ready-made ones (layers/), and ssh and slurm
# come in any case.

CLUSTER := build/cluster
CLUSTER_KEY := build/cluster-ssh/id_ed25519
CLUSTER_SSH_LAYER := $(LAYERS_OUT)/ssh-of-cluster.cpio.zst
NODES ?= 4
MEM ?= 1024
CPUS ?= 2
PORT ?= 8000

ifneq ($(filter cluster,$(MAKECMDGOALS)),)
cluster_program := $(firstword $(RUN))
ifneq ($(cluster_program),)
$(if $(wildcard $(cluster_program)),,$(error RUN=: there is no $(cluster_program)))
cluster_names := $(shell cat $(dir $(cluster_program))layers 2>/dev/null)
$(if $(filter-out $(READY_MADE),$(cluster_names)),$(error $(dir $(cluster_program))layers names $(filter-out $(READY_MADE),$(cluster_names)), and there are: $(READY_MADE)))
endif
ifneq ($(BOARD),qemu-virt)
$(error make cluster is for the board qemu-virt)
endif
endif
cluster_layers := $(CLUSTER_SSH_LAYER) $(patsubst %,$(LAYERS_OUT)/image/%.cpio.zst,slurm $(cluster_names))

$(CLUSTER_KEY):
	$(call say,KEY,$@)
	$(Q)mkdir -p $(@D)
	$(Q)ssh-keygen -q -t ed25519 -N '' -C cluster -f $@

$(CLUSTER_SSH_LAYER): $(CLUSTER_KEY) $(DROPBEAR)/dropbearmulti $(wildcard layers/ssh/*) $(BOARD_OUT)/root.staged build/host/svctl
	$(call say,LAYER,$@)
	$(Q)mkdir -p $(@D)
	$(Q)layers/ssh/pack $(CLUSTER_KEY).pub '' $@ $(DROPBEAR)/dropbearmulti $(CROSS)strip $(ROOT)

.PHONY: cluster
cluster: $$(KERNEL_EFI) $$(INITRAMFS) $(IPXE_EFI) $$(UBOOT) $(cluster_layers) | build/deps.run build/deps.server build/deps.cluster ## nodes in QEMU with Slurm, and a shell: NODES=4 MEM=1024 CPUS=2 RUN=program
	$(Q)$(unlock)
	$(Q)cluster/cluster $(CLUSTER) NODES='$(NODES)' MEM='$(MEM)' CPUS='$(CPUS)' RUN='$(RUN)' PORT='$(PORT)' \
		BOARD_OUT=$(BOARD_OUT) BASE=$(ROOT) VERSION=$(netboot_version) ARGS='$(strip $(KERNEL_CMDLINE) $(CMDLINE))' \
		SSH_KEY=$(CLUSTER_KEY) NODE_KEY=$(SLURM_SSH_KEY) $(cluster_layers) $(LAYERS)
