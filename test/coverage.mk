# SPDX-License-Identifier: MIT
# How much of init/ and daemons/ the tests run. `make coverage` builds the unit tests, the saved fuzz inputs, and
# PID 1, svctl, netd and resmond once more, instrumented, and runs them, the programs as `make pid1` and
# test/system do without a node; what nothing enters is named. What only a booted node runs does not count
# here: of blinkstickd that is all but the pure parts, of logshipd what reads logs.
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

# What is left uncovered in init/pid1, 4 lines of 100 (November 2026), and why:
#
#   calls that fail        ENOMEM, EMFILE and the like from mmap, pipe2, epoll_ctl, fcntl, dup2 (process.c, spawn.c,
#                          sockets.c, load.c, control.c), and what follows: give_up() in main.c, stay() in
#                          rescan.c, when there is no memory for the next set of services
#   what is not here       limits of cgroups and memory.events (cgroup.c: the machines have no controllers), the
#                          console's name in sysfs (spawn.c); nodes in QEMU run these, test_settings.py, test_death.py
#   the kernel says no     reboot(2) that returns, sync that hangs (power.c)
#   a real fault           the address and the frames of one (crash.c): a signal that was sent has neither
#
# PID 1's own last lines behind the fork of the child that reboots are run and not counted.
# Nor is what ends by a signal: svctl watch, which is tested and has no other end.
#
# What is left in daemons/: client.c, main.c, door.c, node.c, opener.c, sticks.c and usb.c of blinkstickd, the report's
# addresses and services, and main.c, servers.c, the sources and the losses of logshipd, which talk to the
# kernel, to PID 1 and to USB; nodes in QEMU run these, test_blinkstick.py, test_resmond.py and test_logship.py.

COVERAGE_RUN ?= $(coverage_pid1) && $(coverage_svctl) && $(coverage_netd) && $(coverage_resmond)

coverage_pytest := PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -o cache_dir=$(CURDIR)/build/pytest
coverage_pid1 = PID1_COVERAGE=$(COVERAGE_OBJ) $(call pid1_test,coverage)
coverage_svctl = GREYHOUND_SVCTL=$(CURDIR)/$(PID1_OUT)/svctl-coverage $(coverage_pytest) \
	$(addprefix test/system/test_svctl_,looking.py changing.py without_pid_1.py check.py)
coverage_netd = NETD=$(CURDIR)/$(COVERAGE_OUT)/netd $(coverage_pytest) $(wildcard test/system/test_netd_*.py)

coverage_resmond = RESMOND=$(CURDIR)/$(COVERAGE_OUT)/resmond $(coverage_pytest) test/system/test_resmond_http.py

coverage_sources := $(own_sources)

.PHONY: coverage coverage-objects coverage-programs
coverage-objects: $(coverage_sources:%.c=$(UNIT_OUT)/%.o)

# The headers of the library that is built for the node.
$(UNIT_OUT)/daemons/blinkstickd/usb.o: C_FLAGS += $(C_LIBRARY_FLAGS)
$(UNIT_OUT)/daemons/blinkstickd/usb.o: $(LIBUSB)

# What sends PID 1 itself down first writes what was counted, test/pid1/programs/coverage_dump.c. The number is
# that of the folders above the objects.
coverage_strip = $(words $(subst /, ,$(abspath $(COVERAGE_OBJ))))
coverage_dump := $(COVERAGE_OBJ)/test/pid1/programs/coverage_dump.o

$(coverage_dump): test/pid1/programs/coverage_dump.c test/coverage.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(C_FLAGS) -O1 -DSTRIP='"$(coverage_strip)"' -c -o $@ $<

coverage_objects_of = $(patsubst %.c,$(UNIT_OUT)/%.o,$(call c_sources,init/$(1)))

$(PID1_OUT)/init-coverage: $(call coverage_objects_of,pid1) $(UNIT_OUT)/shared.a $(coverage_dump)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) --coverage -Wl,--wrap=__gcov_execve,--wrap=_exit,--wrap=reboot -o $@ \
		$(filter %.o,$^) $(filter %.a,$^)

$(PID1_OUT)/svctl-coverage: $(call coverage_objects_of,svctl) $(UNIT_OUT)/shared.a
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) --coverage -o $@ $(filter %.o,$^) $(filter %.a,$^)

$(COVERAGE_OUT)/netd: $(call coverage_objects_of,netd) $(UNIT_OUT)/shared.a
	$(Q)$(HOST_CC) --coverage -o $@ $(filter %.o,$^) $(filter %.a,$^) -lnl-3

$(COVERAGE_OUT)/resmond: $(resmond_tested_objects) $(UNIT_OUT)/shared.a
	$(Q)$(HOST_CC) --coverage -o $@ $(filter %.o,$^) $(filter %.a,$^)

# Every user of a machine counts into the same files.
coverage-programs: coverage-objects $(PID1_OUT)/init-coverage $(PID1_OUT)/svctl-coverage $(COVERAGE_OUT)/netd \
		$(COVERAGE_OUT)/resmond $(UDHCPC_TESTED)/busybox $(pid1_helpers)
	$(Q)find $(COVERAGE_OBJ) -type d -exec chmod 0777 {} +
	$(Q)find $(COVERAGE_OBJ) -name '*.gcda' -exec chmod 0666 {} +

coverage: | build/deps.coverage build/deps.build build/deps.test ## lines of init/ and daemons/ that the tests run
	$(Q)find $(COVERAGE_OBJ) -name '*.gcda' -delete 2>/dev/null || :
	$(Q)$(MAKE) UNIT_OUT=$(COVERAGE_OBJ) UNIT_INSTRUMENTS='--coverage -fprofile-abs-path' \
		coverage-objects unit fuzz-regression
	$(Q)$(MAKE) UNIT_OUT=$(COVERAGE_OBJ) UNIT_INSTRUMENTS='--coverage -fprofile-abs-path' coverage-programs
	$(Q)$(or $(COVERAGE_RUN),:) && status=0 || status=1; \
		test/coverage $(COVERAGE_OBJ) $(COVERAGE_OUT) && exit $$status
