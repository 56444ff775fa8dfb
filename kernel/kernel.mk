# SPDX-License-Identifier: MIT
# The kernel: from fragments to what a node is sent. A board's fragments are base.config, the one
# named after its processor, those of BOARD_KERNEL_FRAGMENTS, and those the user asks for:
#
#   make kernel KERNEL_EXTRA="nfs debug"
#
# kernel/configure merges them and insists that every line survives. Products, in build/<board>/:
#
#   Image         gzip: what QEMU's -kernel and U-Boot's booti load
#   vmlinuz.efi   zstd that unpacks itself: what firmware with EFI boots, iPXE among it
#   NAME.dtb      the board's device tree, where it has one
#   kernel/       the kernel's own build folder, with vmlinux and System.map to decode traces by

KERNEL_OUT := $(BOARD_OUT)/kernel
KERNEL_IMAGE := $(BOARD_OUT)/Image
KERNEL_EFI := $(BOARD_OUT)/vmlinuz.efi
KERNEL_DTB := $(addprefix $(BOARD_OUT)/,$(notdir $(BOARD_DTB)))
KERNEL_CONFIG := $(KERNEL_OUT)/.config

kernel_cpu := $(firstword $(subst +, ,$(patsubst -mcpu=%,%,$(filter -mcpu=%,$(BOARD_CFLAGS)))))
kernel_fragments := kernel/base.config $(wildcard kernel/$(kernel_cpu).config) \
	$(BOARD_KERNEL_FRAGMENTS:%=kernel/%.config) $(KERNEL_EXTRA:%=kernel/%.config)
# The one that menuconfig's changes go to.
kernel_own := kernel/$(lastword $(BOARD_KERNEL_FRAGMENTS)).config

# The same source and configuration give the same bytes: the date is the source's, and neither the
# machine nor the folder is in it. With make -j the kernel shares the slots, else it takes them all.
kernel_make = $(MAKE) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) -C $(linux_DIR) \
	O=$(CURDIR)/$(KERNEL_OUT) ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
	CC='$(strip $(CCACHE) aarch64-linux-gnu-gcc)' \
	KBUILD_BUILD_USER=greyhound KBUILD_BUILD_HOST=greyhound KBUILD_BUILD_VERSION=1 \
	KBUILD_BUILD_TIMESTAMP="$$(LC_ALL=C date -u -r $(linux_DIR)/MAINTAINERS)"

# -Os costs most where a boot, and every start of a process, spends its time: setting up half a million
# pages, unpacking kernel and initramfs, making files of sysfs and cgroups, mapping memory, looking up paths.
# These files are compiled with -O2, and literals are unpacked at -O3: of all that -O2 everywhere would gain at
# boot nine tenths, for an eighth of its size. Those of the last line are for jobs: system calls, pipes, sockets,
# epoll (`make bench BENCH=kernel`). (By an assignment on the command line: none of them has
# flags of its own in the kernel's makefiles.)
kernel_hot := page_alloc mm_init crc32 zboot decompress_unlz4 decompress/zstd_decompress_block \
	decompress/zstd_decompress common/entropy_common common/fse_decompress xxhash \
	slub percpu memcontrol memory filemap shmem namei dcache dir params base vlan \
	radix-tree xarray maple_tree rbtree rwsem fair vsprintf chacha \
	pipe read_write eventpoll af_unix skbuff sock socket syscall entry-common
kernel_make += $(kernel_hot:%=CFLAGS_%.o=-O2) CFLAGS_decompress/huf_decompress.o=-O3

# An assembler file includes the boot configuration by .incbin, of which ccache knows nothing; this tells it.
kernel_make += AFLAGS_bootconfig-data.o=-DBOOTCONFIG_$(firstword $(shell sha256sum kernel/bootconfig))

# Two makes at once, say of a person and of the tests, must not build in the same folder.
kernel_locked = flock -F $(KERNEL_OUT)/lock $(kernel_make)

# What the configuration follows from, by content: touching a file or changing the branch and back
# builds nothing.
kernel_request = $(KERNEL_OUT)/request
$(kernel_request): $(kernel_fragments) kernel/bootconfig kernel/configure kernel/kernel.mk \
		$(linux_UNPACKED) FORCE
	$(Q)mkdir -p $(@D)
	$(Q){ echo '$(linux_UNPACKED) $(kernel_fragments)'; aarch64-linux-gnu-gcc --version; \
		cat $(kernel_fragments) kernel/bootconfig kernel/configure kernel/kernel.mk; } | sha256sum >$(new) $(if_changed)

# A configuration edited by hand is not lost when the fragments change under it.
$(KERNEL_CONFIG): $(kernel_request)
	$(call say,CONFIG,kernel: $(kernel_fragments:kernel/%.config=%))
	$(share)$(Q)if [ -e $@ ] && ! cmp -s $@ $@.made; then cp $@ $(@D)/edited.config; \
		echo 'note: the configuration edited by hand is now $(@D)/edited.config'; fi
	$(share)$(Q)kernel/configure $@ $(kernel_fragments) -- $(kernel_locked)
	$(Q)cp kernel/bootconfig $(@D)/bootconfig
	$(Q)cp $@ $@.made

# ccache then asks the compiler, not the preprocessor, what a file includes: the first build takes two thirds
# of the time. It would miss a change of system headers, of which the kernel has none.
kernel_built := $(KERNEL_OUT)/built
$(kernel_built): export CCACHE_DEPEND := 1
$(kernel_built): $(KERNEL_CONFIG) | build/deps.build
	$(call say,KERNEL,linux $(linux_VERSION) for $(BOARD))
	$(Q)cmp -s $(KERNEL_CONFIG) $(KERNEL_CONFIG).made || \
		echo 'note: configured by hand; make kernel-savedefconfig keeps it'
	$(share)$(Q)$(call quietly,$(BOARD_OUT)/log/kernel.log) $(kernel_locked) \
		Image.gz vmlinuz.efi $(BOARD_DTB)
	$(Q)touch $@

$(KERNEL_IMAGE): $(kernel_built)
	$(Q)cp $(KERNEL_OUT)/arch/arm64/boot/Image.gz $@

$(KERNEL_EFI): $(kernel_built)
	$(Q)cp $(KERNEL_OUT)/arch/arm64/boot/vmlinuz.efi $@

ifneq ($(KERNEL_DTB),)
$(KERNEL_DTB): $(kernel_built)
	$(Q)cp $(KERNEL_OUT)/arch/arm64/boot/dts/$(filter %/$(notdir $@),$(BOARD_DTB)) $@
endif

# The guard of a board's configuration: what is off against Kconfig's default, and what is in the machine without a driver, has
# to be named with a reason, in kernel/*.absent and *.undriven. It needs no kernel, but the configuration and the device
# tree, which is the board's or the one that QEMU makes.
kernel_defaults := $(KERNEL_OUT)/defaults
$(kernel_defaults): $(KERNEL_CONFIG)
	$(Q)cp $(KERNEL_CONFIG).request.kconfig $@.new
	$(share)$(Q)KCONFIG_CONFIG=$(CURDIR)/$@.new $(call quietly,$(BOARD_OUT)/log/kernel-defaults.log) $(kernel_locked) olddefconfig
	$(Q)mv $@.new $@

kernel_trees := $(KERNEL_OUT)/trees
$(kernel_trees): $(KERNEL_CONFIG) boards/$(BOARD).mk | build/deps.run
	$(Q)rm -rf $@ && mkdir $@.new
ifneq ($(BOARD_DTB),)
	$(share)$(Q)$(call quietly,$(BOARD_OUT)/log/kernel-trees.log) $(kernel_locked) $(BOARD_DTB)
	$(Q)cp $(BOARD_DTB:%=$(KERNEL_OUT)/arch/arm64/boot/dts/%) $@.new
else
	$(Q)$(call quietly,$(BOARD_OUT)/log/kernel-trees.log) $(BOARD_QEMU) $(BOARD_QEMU_NET) -display none -machine dumpdtb=$@.new/qemu.dtb
endif
	$(Q)mv $@.new $@

.PHONY: kernel-guard kernel-guard-board
kernel-guard-board: $(kernel_defaults) $(kernel_trees)
	$(Q)kernel/check-dtb $(BOARD) $(linux_DIR) $(KERNEL_CONFIG).made kernel/$(BOARD).undriven $(kernel_trees)/*.dtb
	$(Q)fragments=$$(echo $(kernel_fragments:kernel/%.config=%) | tr ' ' ,) && \
		echo "$(BOARD):$$fragments:$(KERNEL_CONFIG).made:$(kernel_defaults)" >$(KERNEL_OUT)/guarded

kernel-guard: kernel-guard-board ## what each board's kernel leaves out is named with a reason
	$(share)$(Q)$(foreach board,$(filter-out $(BOARD),$(BOARDS)),$(MAKE) BOARD=$(board) kernel-guard-board &&) :
	$(Q)kernel/check-absent $$(cat $(BOARDS:%=build/%/kernel/guarded))

.PHONY: kernel kernel-config kernel-menuconfig kernel-savedefconfig kernel-diffconfig FORCE
FORCE:

kernel: $(KERNEL_IMAGE) $(KERNEL_EFI) $(KERNEL_DTB) ## build the kernel and the board's device tree

kernel-config: $(KERNEL_CONFIG)

kernel-menuconfig: $(KERNEL_CONFIG) ## change the kernel's configuration by hand
	$(share)$(Q)$(kernel_make) menuconfig

kernel-savedefconfig: $(KERNEL_CONFIG) ## write that change back to the board's fragment
	$(share)$(Q)kernel/savedefconfig $(linux_DIR) $(KERNEL_CONFIG) \
		$(filter-out $(kernel_own),$(kernel_fragments)) $(kernel_own) -- $(kernel_locked)

# A or B may be a board: then what its fragments make.
kernel_config_of = $(if $(filter $(1),$(BOARDS)),build/$(1)/kernel/.config,$(1))
kernel-diffconfig: ## compare the kernels A= and B=, boards or .config files
	$(Q)[ -n '$(A)' ] && [ -n '$(B)' ] || { \
		echo 'usage: make kernel-diffconfig A=qemu-virt B=sopine (boards or .config files)' >&2; \
		exit 2; }
	$(share)$(Q)for board in $(filter $(A) $(B),$(BOARDS)); do $(MAKE) BOARD=$$board kernel-config; done
	$(Q)kernel/diffconfig $(call kernel_config_of,$(A)) $(call kernel_config_of,$(B))
