# SPDX-License-Identifier: MIT
# Layers that are a list of Debian's packages, layers/NAME/packages, and perhaps files on top of them, layers/NAME/root, which
# may do what a package's scripts would have done, as layers/NAME/reviewed.list says, and without what left-out.list names:
#
#   make NAME-layer [OUT=file] [SUITE=trixie|bookworm] [FORMAT=image]
#
# makes build/<board>/layers/NAME.cpio.zst, with FORMAT=image build/<board>/layers/image/NAME.cpio.zst and its image
# beside it. The suite is the build machine's own unless SUITE= names one, and the same for
# all layers that go to a node together: they share its C library, and Slurm's server and nodes have to be of one version.
# One without services of its own is there for jobs: as an image it is fetched at boot, and slurmd waits for it.
# A recipe in layers/NAME/NAME.mk may set NAME_TREES, further folders with files, and give the layer prerequisites.

READY_MADE := $(sort $(patsubst layers/%/packages,%,$(wildcard layers/*/packages)))
DEBIAN_SUITE := $(or $(SUITE),$(filter trixie bookworm,$(shell . /etc/os-release 2>/dev/null; echo "$$VERSION_CODENAME")),trixie)
LAYERS_OUT := $(BOARD_OUT)/layers

define ready_made_rule
.PHONY: $(1)-layer
$(1)-layer: $(LAYERS_OUT)/$(if $(filter image,$(FORMAT)),image/)$(1).cpio.zst
	$$(if $$(OUT),$$(Q)rm -f '$$(OUT).erofs'$$(if $$(filter image,$$(FORMAT)), && cp $$<.erofs '$$(OUT).erofs') && cp $$<.lock '$$(OUT).lock' && cp $$< '$$(OUT)',@:)

$(LAYERS_OUT)/$(1).cpio.zst $(LAYERS_OUT)/image/$(1).cpio.zst: $(shell find layers/$(1)/packages layers/$(1)/root -type f 2>/dev/null) $(wildcard layers/$(1)/*.list) $(wildcard layers/debian/*.py layers/debian/*.list) \
		layers/debian/debian-layer build/debian/suite | $(BOARD_OUT)/root.staged build/host/svctl
	$$(Q)mkdir -p $$(@D)
	$$(Q)layers/debian/debian-layer --base $(ROOT) --out $$@ --suite '$(DEBIAN_SUITE)' \
		$(if $(wildcard layers/$(1)/reviewed.list),--reviewed layers/$(1)/reviewed.list) \
		$$(if $$(filter %/image/,$$(dir $$@)),--format image $(if $(wildcard layers/$(1)/root/etc/svc),,--start boot --needed-by slurmd)) \
		$(if $(wildcard layers/$(1)/left-out.list),--left-out layers/$(1)/left-out.list) $$(foreach tree,$(wildcard layers/$(1)/root) $$($(1)_TREES),--with $$(tree)) -- $$$$(grep -v '^#' layers/$(1)/packages)
endef

$(foreach layer,$(READY_MADE),$(eval $(call ready_made_rule,$(layer))))

# Another suite makes them anew.
build/debian/suite: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(DEBIAN_SUITE)' >$(new) $(if_changed)
