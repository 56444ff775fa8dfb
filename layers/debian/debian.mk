# SPDX-License-Identifier: MIT
# Layers of Debian's packages: README.md here tells what is in one. Nothing is installed on this machine, whose dpkg and
# apt are only asked where the archive is.
#
#   make debian-layer PACKAGES="python3 python3-numpy" OUT=numpy.cpio.zst [SUITE=trixie|bookworm] [LOCK=file] [UPDATE=1]
#                     [ARCHIVE="URL [URL of security]"] [KEYRING=file] [FORMAT=image [NEEDED_BY="service ..."] [START=boot|need]]

debian_usage := usage: make debian-layer PACKAGES="name ..." OUT=file.cpio.zst [SUITE=trixie|bookworm] [LOCK=file] [UPDATE=1]

unexport PACKAGES SUITE LOCK UPDATE ARCHIVE KEYRING

ifneq ($(filter debian-layer,$(MAKECMDGOALS)),)
$(if $(and $(OUT),$(or $(PACKAGES),$(LOCK))),,$(error $(debian_usage)))
$(if $(filter-out trixie bookworm,$(SUITE)),$(error SUITE=$(SUITE) is none of trixie, bookworm))
$(if $(filter-out 1,$(UPDATE)),$(error UPDATE= is 1 or nothing))
ifneq ($(LOCK),)
$(if $(or $(UPDATE),$(wildcard $(LOCK))),,$(error LOCK=: there is no $(LOCK); UPDATE=1 makes it))
endif
endif

.PHONY: debian-layer
debian-layer: $(BOARD_OUT)/root.staged build/host/svctl ## a layer of Debian's packages: PACKAGES="..." OUT=file [SUITE=] [LOCK=] [UPDATE=1] [FORMAT=image]
	$(Q)layers/debian/debian-layer --base $(ROOT) --out '$(OUT)' --suite '$(SUITE)' --lock '$(LOCK)' \
		$(if $(UPDATE),--update) --archive '$(ARCHIVE)' --keyring '$(KEYRING)' \
		--format '$(FORMAT)' --start '$(START)' --needed-by '$(NEEDED_BY)' -- $(PACKAGES)
