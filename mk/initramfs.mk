# SPDX-License-Identifier: MIT
# The base archive of a node. What is in it: initramfs/rootfs as it lies on the node, BusyBox and a
# link for each name it answers to, our programs (mk/programs.mk), and the folders and device nodes
# of initramfs/packing.list.
#
# It is compressed by zstd -9 without matches shorter than 7 bytes: these save 3 % of the archive, 0.15 ms of a
# gigabit line (1 MiB takes it 8), and cost 1.3 ms to unpack. With -19 the archive is a tenth smaller,
# which saves 0.4 ms, and takes 5 ms longer. LZ4 would unpack in 8 ms less, but costs 1.3 ms of line, packs a
# third worse, and its format has no end that another archive could follow.
#
# All that is put together in build/<board>/root first, for two reasons: svctl checks the service
# files against the very programs they will meet, and no step needs to be root. Owner, mode and time
# come from the list that gen_init_cpio packs by, not from the files of this machine.

ARCHIVE_ZSTD := zstd -9 --zstd=mml=7 -q -f

ROOT := $(BOARD_OUT)/root
INITRAMFS := $(BOARD_OUT)/initramfs.cpio.zst
GEN_INIT_CPIO := build/host/gen_init_cpio

# Not the links: make would look behind them, where on this machine nothing is. A link that changes
# changes its folder.
rootfs_files := $(shell find initramfs/rootfs ! -type l)

$(GEN_INIT_CPIO): $(linux_UNPACKED)
	$(call say,HOSTCC,gen_init_cpio)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) -O2 -o $@ $(linux_DIR)/usr/gen_init_cpio.c

# What was built, for /etc/os-release: changes with the commit.
$(BOARD_OUT)/os-release: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)mk/os-release $(VERSION) '$(BOARD_TITLE)' >$(new) $(if_changed)

$(BOARD_OUT)/root.staged: $(rootfs_files) $(BUSYBOX)/busybox $(BUSYBOX)/busybox.links $(NODE_PROGRAMS) \
		$(BOARD_OUT)/os-release build/host/svctl mk/initramfs.mk
	$(call say,STAGE,$(ROOT))
	$(Q)rm -rf $(ROOT) && mkdir -p $(ROOT)/bin $(ROOT)/sbin $(ROOT)/etc
	$(Q)cp -R initramfs/rootfs/. $(ROOT)
	$(Q)cp $(BOARD_OUT)/os-release $(ROOT)/etc/os-release
	$(Q)cp $(BUSYBOX)/busybox $(ROOT)/bin/busybox
	$(Q)$(CROSS)strip -s -R .comment $(ROOT)/bin/busybox
	$(Q)while read -r link; do ln -s /bin/busybox "$(ROOT)$$link" || exit; done <$(BUSYBOX)/busybox.links
	$(Q)$(foreach program,$(STAGED),cp $(NODE_BIN)/$(subst :, $(ROOT),$(program)) &&) :
	$(call say,CHECK,/etc/svc)
	$(Q)build/host/svctl check --root $(ROOT) $(ROOT)/etc/svc >/dev/null
	$(Q)touch $@

$(BOARD_OUT)/initramfs.list: $(BOARD_OUT)/root.staged initramfs/packing.list mk/packing-list
	$(Q)mk/packing-list initramfs/packing.list $(ROOT) >$@

$(INITRAMFS): $(BOARD_OUT)/initramfs.list $(GEN_INIT_CPIO)
	$(call say,PACK,$@)
	$(Q)$(GEN_INIT_CPIO) -t 0 $< >$(BOARD_OUT)/initramfs.cpio
	$(Q)$(ARCHIVE_ZSTD) -o $@ $(BOARD_OUT)/initramfs.cpio

.PHONY: initramfs
initramfs: $(INITRAMFS) ## build the RAM filesystem, build/<board>/initramfs.cpio.zst
