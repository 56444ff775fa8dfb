# SPDX-License-Identifier: MIT
# Everything that is tested. `check` needs no kernel and takes about a minute; `test` boots nodes as
# well.

include test/unit/unit.mk
include test/fuzz/fuzz.mk
include test/pid1/pid1.mk
include test/lint.mk
include test/system/netd.mk
include test/system/resmond.mk
include test/coverage.mk
include test/netboot/netboot.mk
include test/system/logship.mk
include test/server/server.mk
include test/cluster/cluster.mk
include test/bench/bench.mk

.PHONY: test check system busybox-suite
test: check pid1 server-page system netboot cluster-test spi-image-sopine ## everything that can be tested here

check: lint unit fuzz-regression server-unit build-unit kernel-guard ## the part of the tests that takes a minute: lint, unit tests

.PHONY: build-unit
build-unit: $(TOOLCHAIN) | build/deps.test ## tests of the build's own scripts
	$(Q)$(node_tests) -q $(PYTEST) test/build

# Debian's own python3, for its pytest and pexpect. PYTEST="-k word -x" passes options on.
node_tests = PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -o cache_dir=$(CURDIR)/build/pytest
# Two files of tests at a time: a node mostly waits for one of its processors.
system: kernel initramfs | build/deps.run build/deps.test ## boot nodes in QEMU and look at them
	$(Q)$(unlock)
	$(Q)$(node_tests) -n 2 --dist loadfile $(PYTEST) test/system layers

busybox-suite: kernel initramfs | build/deps.run build/deps.test ## BusyBox's own tests, on a node
	$(Q)$(unlock)
	$(Q)$(node_tests) -s -k test_busybox_suite $(PYTEST) test/system/test_busybox.py

# Nodes are timed, and what fails at once should be told at once: they boot when all else is done.
ifneq ($(filter test,$(MAKECMDGOALS)),)
system: | check pid1 server-page
netboot: | system
cluster-test: | netboot
spi-image-sopine: | cluster-test
pid1-plain pid1-sanitized pid1-valgrind: | check
endif
