# SPDX-License-Identifier: MIT
# Layers: archives the kernel unpacks after the base, which add to it or replace what is in it.

.PHONY: layer
layer: $(BOARD_OUT)/root.staged build/host/svctl ## pack a folder as a layer: DIR=folder OUT=file
	$(Q)[ -n '$(DIR)' ] && [ -n '$(OUT)' ] || { \
		echo 'usage: make layer DIR=folder OUT=file.cpio.zst' >&2; exit 2; }
	$(call say,LAYER,$(OUT))
	$(Q)mk/layer '$(DIR)' '$(OUT)' $(ROOT)
