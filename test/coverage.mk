# SPDX-License-Identifier: MIT
# How much of init/ the tests run. `make coverage` builds the unit tests, the saved fuzz inputs, and PID 1 and
# svctl once more, instrumented, and runs them, the latter two in namespaces as `make pid1` does; what
# nothing enters is named.
#
#   build/coverage/summary.txt    lines of each file, and the total
#   build/coverage/never.txt      functions that nothing entered
#   build/coverage/html/          the lines themselves
#
# COVERAGE_RUN is what runs beside the unit tests, in this folder when the programs are built; it leaves
# its .gcda files anywhere below build/coverage/obj.
#
# An object of every file is made, so that one no test is linked with counts as not covered.

COVERAGE_OUT := build/coverage
COVERAGE_OBJ := $(COVERAGE_OUT)/obj
COVERAGE_RUN ?= $(coverage_pid1)

coverage_pid1 = PID1_COVERAGE=$(COVERAGE_OBJ) $(call pid1_test,coverage)

coverage_sources := $(sort $(wildcard init/*/*.c))

.PHONY: coverage coverage-objects coverage-programs
coverage-objects: $(coverage_sources:%.c=$(UNIT_OUT)/%.o)

# What sends PID 1 itself down first writes what was counted, test/pid1/programs/coverage_dump.c. The number is
# that of the folders above the objects.
coverage_strip = $(words $(subst /, ,$(abspath $(COVERAGE_OBJ))))
coverage_dump := $(COVERAGE_OBJ)/test/pid1/programs/coverage_dump.o

$(coverage_dump): test/pid1/programs/coverage_dump.c test/coverage.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(C_FLAGS) -O1 -DSTRIP='"$(coverage_strip)"' -c -o $@ $<

coverage_objects_of = $(patsubst %.c,$(UNIT_OUT)/%.o,$(call c_sources,init/$(1)))

$(PID1_OUT)/init-coverage: $(call coverage_objects_of,pid1) $(UNIT_OUT)/common.a $(coverage_dump)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) --coverage -Wl,--wrap=__gcov_execve,--wrap=_exit,--wrap=reboot -o $@ \
		$(filter %.o,$^) $(filter %.a,$^)

$(PID1_OUT)/svctl-coverage: $(call coverage_objects_of,svctl) $(UNIT_OUT)/common.a
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) --coverage -o $@ $(filter %.o,$^) $(filter %.a,$^)

# Every user of a machine counts into the same files.
coverage-programs: coverage-objects $(PID1_OUT)/init-coverage $(PID1_OUT)/svctl-coverage $(pid1_helpers)
	$(Q)find $(COVERAGE_OBJ) -type d -exec chmod 0777 {} +
	$(Q)find $(COVERAGE_OBJ) -name '*.gcda' -exec chmod 0666 {} +

coverage: | build/deps.coverage build/deps.build build/deps.test ## lines of init/ that the tests run
	$(Q)find $(COVERAGE_OBJ) -name '*.gcda' -delete 2>/dev/null || :
	$(Q)$(MAKE) UNIT_OUT=$(COVERAGE_OBJ) UNIT_INSTRUMENTS='--coverage -fprofile-abs-path' \
		coverage-objects unit fuzz-regression
	$(Q)$(MAKE) UNIT_OUT=$(COVERAGE_OBJ) UNIT_INSTRUMENTS='--coverage -fprofile-abs-path' coverage-programs
	$(Q)$(if $(COVERAGE_RUN),$(COVERAGE_RUN))
	$(Q)test/coverage $(COVERAGE_OBJ) $(COVERAGE_OUT)
