# SPDX-License-Identifier: MIT
# What is given to people who do not build: `make release` fills build/release/, from a commit with nothing changed. The
# same commit gives the same bytes, wherever it is built with the same compiler.
#
#   greyhound-VERSION-BOARD.tar.zst   what a boot server serves; the board's U-Boot, or flash and SD card
#   greyhound-VERSION-sdk.tar.zst     musl, the kernel's headers and greyhound-cc, which compiles for nodes
#   greyhound-VERSION.spdx.json       what it was made from (SPDX 2.3)
#   README.txt SHA256SUMS

RELEASE := build/release
RELEASE_NAME := greyhound-$(VERSION)

# What it is made of, and with it the layers, as archives: a folder has no list of what is in it.
SBOM = $(or $(OUT),build/greyhound.spdx.json)

.PHONY: release release-board sbom
sbom: ## what a node is made of, as SPDX: LAYERS="a.cpio.zst" [OUT=file]
	$(Q)mkdir -p $(dir $(SBOM))
	$(Q)mk/sbom '$(SBOM)' $(RELEASE_NAME) $(LAYERS)
	$(call say,SBOM,$(SBOM))

release: ## files for those who do not build: images of every board, SDK, SBOM, checksums
	$(Q)mk/release check
	$(Q)rm -rf $(RELEASE)
	+$(Q)$(foreach board,$(BOARDS),$(MAKE) --no-print-directory BOARD=$(board) release-board &&) :
	$(Q)mk/release sdk $(RELEASE) $(RELEASE_NAME) $(TOOLCHAIN_DIR)
	$(Q)mk/release finish $(RELEASE) $(RELEASE_NAME)
	$(Q)cat $(RELEASE)/SHA256SUMS

release-board: netboot-files $(UBOOT) $(if $(BOARD_TFA),$(SPI_IMAGE) $(FLASHER))
	$(call say,RELEASE,$(RELEASE_NAME)-$(BOARD))
	$(Q)mk/release board $(RELEASE) $(RELEASE_NAME) $(BOARD) $(NETBOOT) $(if $(BOARD_TFA),$(SPI_IMAGE) $(FLASHER),$(if $(UBOOT),$(KERNEL_IMAGE) $(UBOOT)))
