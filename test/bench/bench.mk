# SPDX-License-Identifier: MIT
# `make bench`: the figures of docs/design.md, measured, with what people use today beside ours from the
# same run; as a table, and with every sample in build/bench/bench.json. What each one means and how it
# is measured stands at the top of its test/bench/measure_*.py. No figure makes it fail.
#
#   make bench BENCH="respawn status"    some of it: the names after measure_
#
#   build/bench/bin/          PID 1 and svctl for this machine, built as they are for a node: musl, static
#   build/bench/glibc/init    the same source as Debian builds runit and s6: glibc, shared
#   build/bench/busybox/      the node's BusyBox with init, syslogd and klogd besides
#   build/bench/peer.cpio.zst a node whose /init that is

BENCH_OUT := build/bench
BENCH_BIN := $(BENCH_OUT)/bin
BENCH_OBJ := $(BENCH_OUT)/obj
BENCH_BUSYBOX := $(BENCH_OUT)/busybox
BENCH_ROOT := $(BENCH_OUT)/root

# The node's flags without those of its processor. The kernel's headers are Debian's, after musl's own.
BENCH_CC = $(strip $(CCACHE) musl-gcc) -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch)
bench_cflags := $(filter-out $(BOARD_CFLAGS),$(NODE_CFLAGS))

bench_programs := service begin kill timed ask
bench_objects = $(patsubst %.c,$(BENCH_OBJ)/%.o,$(call c_sources,$(1)))

$(BENCH_OBJ)/%.o: %.c mk/programs.mk mk/toolchain.mk test/bench/bench.mk | build/deps.build build/deps.bench
	$(call say,CC,$< for the bench)
	$(Q)mkdir -p $(@D)
	$(Q)$(BENCH_CC) $(C_FLAGS) $(bench_cflags) -c -o $@ $<

# $(call bench_program,NAME,OBJECTS)
define bench_program
$(BENCH_BIN)/$(1): $(2)
	$$(call say,LINK,$(1) for the bench)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(BENCH_CC) $$(NODE_LDFLAGS) -s -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^)

-include $(patsubst %.o,%.d,$(filter %.o,$(2)))
endef

bench_shared := $(BENCH_OBJ)/shared.a
$(eval $(call shared_archive,$(BENCH_OBJ),ar))
-include $(shared_sources:%.c=$(BENCH_OBJ)/%.d)

$(eval $(call bench_program,init,$(call bench_objects,init/pid1) init/pid1 $(bench_shared)))
$(eval $(call bench_program,svctl,$(call bench_objects,init/svctl) init/svctl $(bench_shared)))
$(eval $(call bench_program,resmond,$(call bench_objects,daemons/resmond) daemons/resmond $(bench_shared)))
$(BENCH_OBJ)/daemons/resmond/page.o: daemons/resmond/page.html
$(foreach program,$(bench_programs),$(eval $(call bench_program,$(program),\
	$(BENCH_OBJ)/test/bench/programs/$(program).o $(BENCH_OBJ)/test/bench/programs/stamps.o)))

$(BENCH_OUT)/glibc/init: $(call c_sources,init/pid1) init/pid1 $(HOST_OBJ)/shared.a
	$(call say,LINK,init with glibc for the bench)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(filter-out -M%,$(C_FLAGS)) -O2 -s -o $@ $(filter %.c,$^) $(filter %.a,$^)

# The peer on the node. Of two lines for a symbol the first one counts.
bench_busybox_make = $(subst $(CURDIR)/$(BUSYBOX),$(CURDIR)/$(BENCH_BUSYBOX),$(BUSYBOX_MAKE))
bench_busybox_config := test/bench/busybox.config initramfs/busybox.config

$(BENCH_BUSYBOX)/.config: $(bench_busybox_config) $(busybox_UNPACKED) mk/check-config test/bench/bench.mk
	$(call say,CONFIG,busybox with init)
	$(Q)mkdir -p $(@D)
	$(Q)$(call quietly,$(BENCH_OUT)/log/busybox.log) $(bench_busybox_make) allnoconfig
	$(Q)mv $@ $@.none && cat $(bench_busybox_config) $@.none >$@
	$(Q)yes '' 2>/dev/null | $(bench_busybox_make) oldconfig >$(BENCH_OUT)/log/busybox.log 2>&1
	$(Q)cat $(bench_busybox_config) >$(@D)/wanted.config
	$(Q)mk/check-config $(@D)/wanted.config $@

$(BENCH_BUSYBOX)/busybox: $(BENCH_BUSYBOX)/.config $(TOOLCHAIN)
	$(call say,BUILD,busybox with init)
	$(Q)$(call quietly,$(BENCH_OUT)/log/busybox.log) $(bench_busybox_make) busybox busybox.links
	$(Q)touch $@

# Packed as our own is (mk/initramfs.mk).
bench_rootfs := $(addprefix initramfs/rootfs/etc/,passwd group hosts hostname)
$(BENCH_OUT)/peer.cpio.zst: $(BENCH_BUSYBOX)/busybox $(bench_rootfs) $(wildcard test/bench/peer/*) \
		initramfs/packing.list mk/packing-list $(GEN_INIT_CPIO) test/bench/bench.mk
	$(call say,PACK,$@)
	$(Q)rm -rf $(BENCH_ROOT) && mkdir -p $(BENCH_ROOT)/bin $(BENCH_ROOT)/sbin $(BENCH_ROOT)/etc
	$(Q)cp $(bench_rootfs) test/bench/peer/* $(BENCH_ROOT)/etc
	$(Q)$(CROSS)strip -s -R .comment -o $(BENCH_ROOT)/bin/busybox $<
	$(Q)while read -r link; do ln -sf /bin/busybox "$(BENCH_ROOT)$$link" || exit; done <$(BENCH_BUSYBOX)/busybox.links
	$(Q)ln -sf /bin/busybox $(BENCH_ROOT)/init
	$(Q)mk/packing-list initramfs/packing.list $(BENCH_ROOT) >$(BENCH_OUT)/peer.list
	$(Q)$(GEN_INIT_CPIO) -t 0 $(BENCH_OUT)/peer.list >$(BENCH_OUT)/peer.cpio
	$(Q)$(ARCHIVE_ZSTD) -o $@ $(BENCH_OUT)/peer.cpio

# $(call bench_init,NAME): an archive whose /init is programs/NAME.c.
define bench_init
$(BENCH_OUT)/$(1).cpio: test/bench/programs/$(1).c $(TOOLCHAIN) $(GEN_INIT_CPIO) test/bench/bench.mk
	$$(call say,PACK,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CROSS_CC) $$(filter-out -M%,$$(C_FLAGS)) $$(NODE_CFLAGS) $$(NODE_LDFLAGS) -s -o $(BENCH_OUT)/$(1) $$<
	$$(Q)printf '%s\n' 'dir /dev 755 0 0' 'nod /dev/console 600 0 0 c 5 1' 'dir /proc 755 0 0' 'dir /tmp 1777 0 0' \
		'file /init $(BENCH_OUT)/$(1) 755 0 0' >$(BENCH_OUT)/$(1).list
	$$(Q)$$(GEN_INIT_CPIO) -t 0 $(BENCH_OUT)/$(1).list >$$@
endef
$(foreach program,clock kernel_calls,$(eval $(call bench_init,$(program))))

bench_needs := $(bench_programs:%=$(BENCH_BIN)/%) $(BENCH_BIN)/init $(BENCH_BIN)/svctl $(BENCH_BIN)/resmond \
	$(BENCH_OUT)/glibc/init $(PID1_OUT)/enter $(BENCH_OUT)/peer.cpio.zst $(BENCH_OUT)/clock.cpio $(BENCH_OUT)/kernel_calls.cpio

# In a mount namespace of its own: what it mounts goes when it does, however it ends.
.PHONY: bench
bench: $(bench_needs) kernel initramfs $(UBOOT) netboot-files signed-test | build/deps.run build/deps.bench ## measured figures, ours and others', BENCH="name ..." for some
	$(Q)$(unlock)
	$(Q)BENCH_QEMU='$(BOARD_QEMU)' BENCH_QEMU_NET='$(BOARD_QEMU_NET)' BENCH_CMDLINE='$(strip $(KERNEL_CMDLINE))' \
		BENCH_BOARD=$(BOARD) BENCH_ENTER=$(PID1_OUT)/enter PYTHONDONTWRITEBYTECODE=1 \
		$(if $(filter 0,$(shell id -u)),unshare --mount) /usr/bin/python3 test/bench/bench.py $(BENCH)
