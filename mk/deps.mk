# SPDX-License-Identifier: MIT
# The packages of the build machine. A rule that runs a compiler or QEMU stands behind
# `| build/deps.build`, build/deps.run or build/deps.test; the check is repeated when the list or
# the machine's packages changed, and takes a few milliseconds. One at a time: apt has a lock, too,
# but does not wait for it.

# One by one and not as a pattern: what only a pattern can make, make deletes when it is done.
$(addprefix build/deps.,build boot run server test fuzz coverage bench): build/deps.%: \
		mk/deps.list mk/deps $(wildcard /var/lib/dpkg/status)
	$(Q)mkdir -p $(@D) && flock build/deps.lock mk/deps $*
	$(Q)touch $@

.PHONY: deps
deps: ## install the Debian packages that building and testing need
	$(Q)mk/deps build boot run test
	@echo 'Everything Greyhound needs is installed.'
