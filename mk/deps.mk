# SPDX-License-Identifier: MIT
# The packages of the build machine. A rule that runs a compiler or QEMU stands behind
# `| build/deps.build`, build/deps.run or build/deps.test; the check is repeated when the list or
# the machine's packages changed, and takes a few milliseconds. One at a time: apt has a lock, too,
# but does not wait for it.

# What these goals will want further on, so that one command is all there is to type, and apt runs once.
deps_of_signing := $(if $(SIGN),trust)
deps_of_qemu := run
deps_of_qemu-pxe := boot run $(deps_of_signing)
deps_of_check := run test server trust
deps_of_kernel-guard := run
deps_of_lint := test
deps_of_unit := test
deps_of_system := run test
deps_of_netboot := boot run test trust
deps_of_test := boot run test server cluster trust
deps_of_bench := boot run test bench server cluster trust
deps_of_publish := boot $(deps_of_signing)
deps_of_keys := trust
deps_of_pxe-server := boot server
deps_of_cluster := boot run server cluster
deps_of_cluster-test := boot run test server cluster
deps_of_goals := $(foreach goal,$(MAKECMDGOALS),$(addprefix build ,$(deps_of_$(goal))))

# One by one and not as a pattern: what only a pattern can make, make deletes when it is done.
$(addprefix build/deps.,build boot run server cluster test trust fuzz coverage bench): build/deps.%: \
		mk/deps.list mk/deps $(wildcard /var/lib/dpkg/status)
	$(Q)mkdir -p $(@D) && flock build/deps.lock mk/deps $(sort $* $(deps_of_goals))
	$(Q)touch $@

.PHONY: deps
deps: ## install the Debian packages that building and testing need
	$(Q)mk/deps build boot run test trust
	@echo 'Everything Greyhound needs is installed.'
