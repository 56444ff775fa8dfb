# SPDX-License-Identifier: MIT
# The man pages, for reading without a node: build/docs/NAME.SECTION.html and .txt. The sources are
# mdoc(7); a page that mandoc has a warning for is not made.

MAN_PAGES := $(sort $(wildcard docs/man/*.[1-9]))
DOCS := $(MAN_PAGES:docs/man/%=build/docs/%)

build/docs/%.html: docs/man/% docs/docs.mk | build/deps.test
	$(call say,HTML,$*)
	$(Q)mkdir -p $(@D)
	$(Q)mandoc -W warning,stop -T html -O man=%N.%S.html $< >$@

build/docs/%.txt: docs/man/% docs/docs.mk | build/deps.test
	$(call say,TEXT,$*)
	$(Q)mkdir -p $(@D)
	$(Q)mandoc -W warning,stop -T utf8 $< >$@.bold
	$(Q)LC_ALL=C.UTF-8 sed 's/.\x08//g' $@.bold >$@ && rm $@.bold

.PHONY: docs
docs: $(DOCS:=.html) $(DOCS:=.txt) ## the man pages as HTML and text, in build/docs
