# SPDX-License-Identifier: MIT
# netd of this machine, under sanitizers, for test_netd_*.py: the real thing in network
# namespaces, where cables are pulled and servers lie in milliseconds and no node needs to boot. With it
# goes the node's udhcpc, of the same source and with the same options.

NETD_TESTED := $(UNIT_OUT)/netd
UDHCPC_TESTED := build/host/udhcpc

netd_tested_objects := $(patsubst %.c,$(UNIT_OUT)/%.o,$(sort $(wildcard init/netd/*.c)))
udhcpc_make = $(MAKE) -C $(busybox_DIR) O=$(CURDIR)/$(UDHCPC_TESTED) KCONFIG_NOTIMESTAMP=1

$(netd_tested_objects): C_FLAGS += -isystem /usr/include/libnl3 \
	-DNETD_BUSYBOX='"$(CURDIR)/$(UDHCPC_TESTED)/busybox"'

# The folder is a prerequisite because a file that went away changes it and nothing else.
$(NETD_TESTED): $(netd_tested_objects) init/netd $(UNIT_OUT)/shared.a test/system/netd.mk
	$(call say,LINK,netd with sanitizers)
	$(Q)$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(filter %.a,$^) -lnl-3

# Of two lines for a symbol the first one counts.
$(UDHCPC_TESTED)/busybox: initramfs/busybox.config $(busybox_UNPACKED) test/system/netd.mk | build/deps.build
	$(call say,BUILD,udhcpc for this machine)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)$(call quietly,build/log/udhcpc.log) $(udhcpc_make) allnoconfig
	$(Q)mv $(@D)/.config $(@D)/.config.none
	$(Q)(echo CONFIG_BUSYBOX=y; grep UDHCP initramfs/busybox.config; cat $(@D)/.config.none) >$(@D)/.config
	$(Q)yes '' | $(udhcpc_make) oldconfig >build/log/udhcpc.log 2>&1
	$(Q)$(call quietly,build/log/udhcpc.log) $(udhcpc_make) busybox

-include $(netd_tested_objects:.o=.d)

system: $(NETD_TESTED) $(UDHCPC_TESTED)/busybox
