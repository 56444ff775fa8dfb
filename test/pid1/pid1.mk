# SPDX-License-Identifier: MIT
# The real PID 1 as process 1 of namespaces of this machine: what it does, in milliseconds, and under
# the sanitizers and valgrind too. test/pid1/machine.py tells how. `make pid1` does all of it,
# `make pid1-plain` one part; PYTEST="-k word -x" passes options on. Under valgrind only a part runs,
# test/pid1/conftest.py says which and why.
#
#   build/host/pid1/init, svctl            for this machine
#   build/host/pid1/init-sanitized, svctl- the same under AddressSanitizer and UBSan
#   build/host/pid1/init-valgrind          for valgrind, with what valgrind lacks
#   build/host/pid1/init-coverage, svctl-  for `make coverage`, see test/coverage.mk
#   build/host/pid1/enter, probe           who makes the namespaces; a service that does as it is told

PID1_OUT := build/host/pid1
PID1_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Without -O2's inlining a report names the line that is meant.
pid1_flags_plain := -O1
pid1_flags_sanitized := -O1 $(PID1_SANITIZE)
pid1_flags_valgrind := -O1
pid1_link_sanitized := $(PID1_SANITIZE)
pid1_link_valgrind := -Wl,--wrap=syscall,--wrap=setrlimit,--wrap=reboot
pid1_more_sanitized := test/pid1/programs/sanitizer_options.c
pid1_more_valgrind := test/pid1/programs/valgrind_calls.c

pid1_objects = $(patsubst %.c,$(PID1_OUT)/$(1)/%.o,$(call c_sources,init/$(2)) $(pid1_more_$(1)))

# $(call pid1_flavour,NAME,BEHIND THE PROGRAM'S NAME)
define pid1_flavour
$(PID1_OUT)/$(1)/%.o: %.c mk/programs.mk test/pid1/pid1.mk | build/deps.build build/deps.test
	$$(call say,CC,$$< for PID 1 $(1))
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$(C_FLAGS) $(pid1_flags_$(1)) -c -o $$@ $$<

$(call shared_archive,$(PID1_OUT)/$(1),ar)

$(PID1_OUT)/init$(2): $(call pid1_objects,$(1),pid1) init/pid1
$(PID1_OUT)/svctl$(2): $(call pid1_objects,$(1),svctl) init/svctl
$(PID1_OUT)/init$(2) $(PID1_OUT)/svctl$(2): $(PID1_OUT)/$(1)/shared.a
	$$(call say,LINK,$$(@F) for namespaces)
	$$(Q)$$(HOST_CC) $(pid1_link_$(1)) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^)

-include $(patsubst %.c,$(PID1_OUT)/$(1)/%.d,$(shared_sources)) $(patsubst %.o,%.d,$(call pid1_objects,$(1),pid1) $(call pid1_objects,$(1),svctl))
endef

$(eval $(call pid1_flavour,plain,))
$(eval $(call pid1_flavour,sanitized,-sanitized))
$(eval $(call pid1_flavour,valgrind,-valgrind))

# Static: they start faster, and need nothing of the root they run in.
$(PID1_OUT)/enter $(PID1_OUT)/probe: $(PID1_OUT)/%: test/pid1/programs/%.c mk/programs.mk test/pid1/pid1.mk \
		| build/deps.build build/deps.test
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(filter-out -M%,$(C_FLAGS)) -O1 -static -o $@ $<

pid1_test = PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -o cache_dir=$(CURDIR)/build/pytest \
	--flavour=$(1) $(PYTEST) test/pid1

.PHONY: pid1 pid1-plain pid1-sanitized pid1-valgrind
pid1: pid1-plain pid1-sanitized pid1-valgrind ## PID 1 in namespaces of this machine, under sanitizers too

pid1_helpers := $(PID1_OUT)/enter $(PID1_OUT)/probe

pid1-plain: $(PID1_OUT)/init $(PID1_OUT)/svctl $(pid1_helpers)
	$(Q)$(unlock)
	$(Q)$(call pid1_test,plain)

pid1-sanitized: $(PID1_OUT)/init-sanitized $(PID1_OUT)/svctl-sanitized $(pid1_helpers)
	$(Q)$(unlock)
	$(Q)$(call pid1_test,sanitized)

pid1-valgrind: $(PID1_OUT)/init-valgrind $(pid1_helpers)
	$(Q)$(unlock)
	$(Q)$(call pid1_test,valgrind)
