# SPDX-License-Identifier: MIT
# Layers: archives the kernel unpacks after the base, which add to it or replace what is in it.

# What is wrong with the question is said before anything is built for it.
ifneq ($(filter layer,$(MAKECMDGOALS)),)
$(if $(and $(DIR),$(OUT)),,$(error usage: make layer DIR=folder OUT=file.cpio.zst [WITH="layer ..."] [FORMAT=image [NEEDED_BY="service ..."]]))
endif
$(if $(filter-out archive image,$(FORMAT)),$(error FORMAT=$(FORMAT) is neither archive nor image))
$(foreach layer,$(WITH),$(if $(wildcard $(layer)),,$(error WITH=: there is no layer $(layer))))
$(if $(filter-out boot need,$(START)),$(error START=$(START) is neither boot nor need))
ifneq ($(filter qemu qemu-pxe publish size-report cluster,$(MAKECMDGOALS)),)
$(foreach layer,$(LAYERS),$(if $(wildcard $(layer)),,$(error LAYERS=: there is no archive or folder $(layer))))
endif

unexport FORMAT START NEEDED_BY WITH

# A layer is named after its file.
layer_name = $(patsubst %.zst,%,$(patsubst %.cpio.zst,%,$(notdir $(OUT))))

.PHONY: layer
layer: $(BOARD_OUT)/root.staged build/host/svctl ## pack a folder as a layer: DIR=folder OUT=file [FORMAT=image]
	$(call say,LAYER,$(OUT))
	$(Q)$(if $(filter image,$(FORMAT)),mk/layer-image '$(DIR)' '$(OUT)' $(ROOT) '$(layer_name)' '$(START)' '$(NEEDED_BY)' $(WITH),mk/layer '$(DIR)' '$(OUT)' $(ROOT) $(WITH))
