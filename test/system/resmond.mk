# SPDX-License-Identifier: MIT
# resmond of this machine, under sanitizers, for test_resmond_http.py: the real thing, with rude clients and
# with a kernel that is played by files.

RESMOND_TESTED := $(UNIT_OUT)/resmond

resmond_tested_objects := $(patsubst %.c,$(UNIT_OUT)/%.o,$(sort $(wildcard daemons/resmond/*.c)))

$(UNIT_OUT)/daemons/resmond/page.o: daemons/resmond/page.html

# The folder is a prerequisite because a file that went away changes it and nothing else.
$(RESMOND_TESTED): $(resmond_tested_objects) daemons/resmond $(UNIT_OUT)/shared.a test/system/resmond.mk
	$(call say,LINK,resmond with sanitizers)
	$(Q)$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(filter %.a,$^)

-include $(resmond_tested_objects:.o=.d)

system: $(RESMOND_TESTED)
