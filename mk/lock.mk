# SPDX-License-Identifier: MIT
# One make at a time works in this folder: two that build the same thing would remove each other's files. The second
# one says whom it waits for. The lock is held while make reads its makefiles and builds, so what was out of date is
# looked at under it; a recipe that only runs what was built, for as long as somebody likes, begins with
# $(unlock), and so does one that runs tests, unless more is to be built afterwards (`make test`). A make that make or a test runs belongs to the one that has the lock.

unlocked_goals := help deps $(filter publish-%,$(MAKECMDGOALS))
lock_letters := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
unlock := :

ifndef GREYHOUND_LOCKED
ifneq ($(filter-out $(unlocked_goals),$(MAKECMDGOALS)),)
# Not for a look at what there would be to do (-n, -q).
ifeq ($(findstring n,$(lock_letters))$(findstring q,$(lock_letters)),)
lock_holder := $(shell mk/lock $$PPID '$(MAKECMDGOALS)')
ifneq ($(.SHELLSTATUS),0)
$(error there is no lock, see above)
endif
export GREYHOUND_LOCKED := $(lock_holder)
unlock := $(if $(filter test check pid1 coverage,$(MAKECMDGOALS)),:,kill $(lock_holder) 2>/dev/null || :)
endif
endif
endif
