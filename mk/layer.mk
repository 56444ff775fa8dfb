# SPDX-License-Identifier: MIT
# Layers: archives the kernel unpacks after the base, which add to it or replace what is in it.

# What is wrong with the question is said before anything is built for it.
ifneq ($(filter layer,$(MAKECMDGOALS)),)
$(if $(and $(DIR),$(OUT)),,$(error usage: make layer DIR=folder OUT=file.cpio.zst))
endif
ifneq ($(filter qemu qemu-pxe publish size-report cluster,$(MAKECMDGOALS)),)
$(foreach layer,$(LAYERS),$(if $(wildcard $(layer)),,$(error LAYERS=: there is no archive or folder $(layer))))
endif

.PHONY: layer
layer: $(BOARD_OUT)/root.staged build/host/svctl ## pack a folder as a layer: DIR=folder OUT=file
	$(call say,LAYER,$(OUT))
	$(Q)mk/layer '$(DIR)' '$(OUT)' $(ROOT)
