# SPDX-License-Identifier: MIT
# What can be said of the sources without running them. A C file is looked at again when it, a header
# of it or the checks changed; the rest takes a second or two and is done every time.
#
#   clang-format   layout, by .clang-format                 all C
#   clang-tidy     habits that end badly, by .clang-tidy    all C
#   gcc -fanalyzer paths through functions                  C of the node (tests do not mind a NULL,
#   cppcheck       the same again with other eyes           and have the sanitizers)
#   test/rooms     which room of the sources knows which     C of the node
#   shellcheck     POSIX sh                                 all shell scripts
#   pyflakes       names that are not there, or not used    all Python
#   mandoc         man pages                                docs/man

LINT_OUT := build/lint
LINT_FLAGS = $(filter-out -M% -f% -Werror,$(C_FLAGS)) $(C_LIBRARY_FLAGS) -Itest/unit

lint_programs := $(own_sources)
lint_c := $(lint_programs) $(sort $(wildcard test/unit/*.c test/fuzz/*.c test/*/helpers/*.c test/bench/programs/*.c trust/*.c))
lint_headers := $(own_headers) $(sort $(wildcard test/unit/*.h test/fuzz/*.h test/bench/programs/*.h))
lint_recipe := .clang-tidy test/lint.mk mk/programs.mk

$(LINT_OUT)/%.tidy: %.c $(lint_recipe) | build/deps.test
	$(call say,TIDY,$<)
	$(Q)mkdir -p $(@D)
	$(Q)gcc $(LINT_FLAGS) -MM -MP -MT $@ -MF $@.d $<
	$(Q)clang-tidy --quiet $< -- $(LINT_FLAGS) 2>$@.log || { cat $@.log; false; }
	$(Q)mv $@.log $@

# Newer ones take a descriptor for lost that dup2 put in its place or that lasts as long as its process.
$(LINT_OUT)/%.analyzed: %.c $(lint_recipe) | build/deps.build
	$(call say,ANALYZE,$<)
	$(Q)mkdir -p $(@D)
	$(Q)gcc $(LINT_FLAGS) -Werror -O2 -fanalyzer -Wno-analyzer-fd-leak -MMD -MP -MF $@.d -c -o $@ $<

# These include the headers of a library that is built for the node.
$(patsubst %.c,$(LINT_OUT)/%.tidy,$(wildcard init/netd/*.c)): $(LIBNL)
$(patsubst %.c,$(LINT_OUT)/%.analyzed,$(wildcard init/netd/*.c)): $(LIBNL)
$(patsubst %.c,$(LINT_OUT)/%.tidy,$(wildcard daemons/blinkstickd/*.c)): $(LIBUSB)
$(patsubst %.c,$(LINT_OUT)/%.analyzed,$(wildcard daemons/blinkstickd/*.c)): $(LIBUSB)

-include $(lint_c:%.c=$(LINT_OUT)/%.tidy.d) $(lint_programs:%.c=$(LINT_OUT)/%.analyzed.d)

.PHONY: lint lint-tidy lint-format lint-rooms lint-cppcheck lint-shell lint-python lint-docs
lint: lint-format lint-rooms lint-cppcheck lint-shell lint-python lint-docs lint-tidy ## static checks of C, shell and Python
	@echo 'lint: $(words $(lint_c)) C files, $(words $(lint_headers)) headers, shell, Python and man pages are clean'

lint-tidy: $(lint_c:%.c=$(LINT_OUT)/%.tidy) $(lint_programs:%.c=$(LINT_OUT)/%.analyzed)

# Each version of clang-format lays out a few things in its own way, so one of them decides: Debian 12's.
CLANG_FORMAT_VERSION := 14
lint-format: | build/deps.test
	$(call say,FORMAT,$(words $(lint_c)) C files and $(words $(lint_headers)) headers)
	$(Q)if clang-format --version | grep -q 'version $(CLANG_FORMAT_VERSION)\.'; then \
		clang-format --dry-run -Werror $(lint_c) $(lint_headers); \
	else \
		echo "note: layout is not checked: it takes clang-format $(CLANG_FORMAT_VERSION), this is $$(clang-format --version)"; \
	fi

lint-rooms: | build/deps.test
	$(call say,ROOMS,$(words $(own_sources)) C files)
	$(Q)test/rooms $(own_sources) $(own_headers)

# Not its style checks: every version has other ones, and the layout is clang-format's part. Newer ones
# count it as an error that they did not look down every branch.
lint-cppcheck: | build/deps.test
	$(call say,CPPCHECK,$(words $(lint_programs)) C files)
	$(Q)mkdir -p $(LINT_OUT)/cppcheck
	$(Q)cppcheck --quiet -j $(JOBS) --cppcheck-build-dir=$(LINT_OUT)/cppcheck --std=c11 -Ilib -Iinit \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=normalCheckLevelMaxBranches $(lint_programs)

lint-shell: | build/deps.test
	$(call say,SHELL,all scripts)
	$(Q)test/shell-scripts | xargs shellcheck -x

lint-python: | build/deps.test
	$(call say,PYTHON,all scripts)
	$(Q){ git ls-files -co --exclude-standard '*.py'; git grep -lI --untracked '^#!/usr/bin/python3'; } | \
		sort -u | xargs pyflakes3

lint-docs: | build/deps.test
	$(call say,MANDOC,man pages)
	$(Q)mandoc -T lint -W warning docs/man/*.[1-9]
