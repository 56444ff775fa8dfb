# SPDX-License-Identifier: MIT
# How much of init/ the tests run. `make coverage` builds the unit tests and the saved fuzz inputs once
# more, instrumented, and runs them; what they never enter is named.
#
#   build/coverage/summary.txt    lines of each file, and the total
#   build/coverage/never.txt      functions that nothing entered
#   build/coverage/html/          the lines themselves
#
# COVERAGE_RUN is further commands, run in this folder when the programs are built, that leave their
# .gcda files anywhere below build/coverage/obj, say the tests of a real PID 1:
#
#   make coverage COVERAGE_RUN='python3 -m pytest test/...'
#
# An object of every file is made, so that one no test is linked with counts as not covered.

COVERAGE_OUT := build/coverage
COVERAGE_OBJ := $(COVERAGE_OUT)/obj
COVERAGE_RUN ?=

coverage_sources := $(sort $(wildcard init/*/*.c))

.PHONY: coverage coverage-objects
coverage-objects: $(coverage_sources:%.c=$(UNIT_OUT)/%.o)

coverage: | build/deps.coverage build/deps.build build/deps.test ## lines of init/ that the tests run
	$(Q)find $(COVERAGE_OBJ) -name '*.gcda' -delete 2>/dev/null || :
	$(Q)$(MAKE) UNIT_OUT=$(COVERAGE_OBJ) UNIT_INSTRUMENTS='--coverage -fprofile-abs-path' \
		coverage-objects unit fuzz-regression
	$(Q)$(if $(COVERAGE_RUN),$(COVERAGE_RUN))
	$(Q)test/coverage $(COVERAGE_OBJ) $(COVERAGE_OUT)
