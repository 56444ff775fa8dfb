# SPDX-License-Identifier: MIT
# How the build talks: one short line a step, or, with V=1, every command and all it says.
#
#   $(call say,CC,main.c)          the step's line; stands first in a recipe
#   $(Q)                           before each command of ours
#   $(Q)$(call quietly,LOG) CMD    for other people's build systems: what they say goes to the file
#                                  LOG, whose end is shown should they fail

ifeq ($(V),1)
Q :=
say = @:
quietly =
else
Q := @
# make -s means it.
say = $(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),@:,@printf '  %-7s %s\n' '$(1)' '$(2)')
quietly = $(CURDIR)/mk/quiet $(1)
endif

# $(Q)COMMAND >$(new) $(if_changed) makes the target anew only if COMMAND says something else than
# last time; for what is looked at in every run. The name is each make's own, since two may run at once.
new = $@.new.$$$$
if_changed = || { rm -f $(new); exit 1; }; if cmp -s $(new) $@; then rm $(new); else mv $(new) $@; fi

# $(share)$(Q) before a make of other people's: it shares our slots, as a line with a + may. But such a line runs even if
# make is to show only (-n) or to ask only (-q) what there is to do.
share = $(if $(findstring n,$(share_letters))$(findstring q,$(share_letters)),,+)
share_letters = $(filter-out --%,$(firstword -$(MAKEFLAGS)))
