# SPDX-License-Identifier: MIT
# Fuzzing: code that reads what others wrote, fed with any bytes. test/fuzz/NAME_fuzz.c is one target;
# it is linked with the rooms that programs share and with what fuzz_NAME_SRCS names besides.
#
#   make fuzz             each target under libFuzzer for TIME=60 seconds, FUZZ="name ..." for some
#   make fuzz-regression  the inputs in test/fuzz/seeds/NAME/ once each, built like the unit tests
#
# seeds/NAME/ holds few and small inputs: a good one of each kind, and each that ever found a bug.
# words/NAME, if it is there, are the words that libFuzzer may put together. What a run learns is kept
# in build/fuzz/corpus/NAME, what it finds in build/fuzz/crashes; nothing but a person adds to seeds.

FUZZ_OUT := build/fuzz
FUZZ_CC ?= clang
FUZZ_SANITIZERS := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
# Another compiler's warnings are not wanted here; the regression tests are built with ours.
FUZZ_CFLAGS = $(filter-out -W%,$(C_FLAGS)) -O1 -fno-omit-frame-pointer $(FUZZ_SANITIZERS)
TIME ?= 60

# PID 1 on a system that is not there: its own files, but for those that fuzz_system.c stands in for.
fuzz_node := $(addprefix init/pid1/,service_event.c service_watch.c services.c process.c load.c rescan.c graph.c core.c step.c power.c \
	obituary.c output.c changes.c ring.c line.c boot_reason.c) \
	$(addprefix test/fuzz/,fuzz_node.c fuzz_system.c)
fuzz_wrapped := -Wl,--wrap=close,--wrap=pipe2,--wrap=fcntl,--wrap=read,--wrap=readv,--wrap=reboot,--wrap=kill \
	-Wl,--wrap=syscall,--wrap=waitpid,--wrap=unlinkat,--wrap=mmap,--wrap=munmap,--wrap=service_set_free
fuzz_control_SRCS := $(fuzz_node) $(addprefix init/pid1/,request.c answer.c notify.c)
fuzz_control_LDFLAGS := $(fuzz_wrapped)
fuzz_notify_SRCS := $(fuzz_node) init/pid1/notify.c
fuzz_notify_LDFLAGS := $(fuzz_wrapped)
fuzz_resume_SRCS := $(fuzz_node) $(addprefix init/pid1/,image.c state.c)
fuzz_resume_LDFLAGS := $(fuzz_wrapped)
fuzz_state_SRCS := $(addprefix init/pid1/,state.c line.c boot_reason.c ring.c graph.c core.c step.c)
fuzz_accounts_SRCS := init/pid1/accounts.c
fuzz_service_file_SRCS := test/fuzz/service_write.c
fuzz_netd_environment_SRCS := $(netd_leases) init/netd/udhcpc_environment.c
fuzz_netd_lease_SRCS := $(netd_leases) $(addprefix init/netd/,files.c)
fuzz_netd_router_SRCS := $(netd_leases) $(addprefix init/netd/,router_dns.c files.c)
fuzz_blinkstick_config_SRCS := $(blinkstick_scene)
fuzz_blinkstick_request_SRCS := $(blinkstick_scene)
fuzz_blinkstick_device_SRCS := $(addprefix daemons/blinkstickd/,finder.c opener.c stick_model.c)
fuzz_layer_response_SRCS := $(layer_text)
fuzz_logship_SRCS := $(logshipd_pure)
fuzz_netd_settings_SRCS := $(netd_leases) init/netd/settings.c
fuzz_resmond_SRCS := $(resmond_kernel) daemons/resmond/http.c

FUZZ_TARGETS := $(sort $(patsubst test/fuzz/%_fuzz.c,%,$(wildcard test/fuzz/*_fuzz.c)))
FUZZ ?= $(FUZZ_TARGETS)

fuzz_sources = test/fuzz/$(1)_fuzz.c test/fuzz/fuzz.c $(fuzz_$(1)_SRCS)
fuzz_objects = $(patsubst %.c,$(FUZZ_OUT)/obj/%.o,$(fuzz_sources))
fuzz_saved_objects = $(patsubst %.c,$(UNIT_OUT)/%.o,$(fuzz_sources) test/fuzz/standalone.c)

# What stands around the code that is tried is not worth finding a way through; and where numbers are text,
# what they are compared with tells libFuzzer nothing that words/NAME does not.
fuzz_no_numbers := -fno-sanitize-coverage=trace-cmp
$(FUZZ_OUT)/obj/test/fuzz/%.o: FUZZ_CFLAGS += -fno-sanitize=fuzzer $(fuzz_no_numbers)
$(FUZZ_OUT)/obj/init/%.o $(FUZZ_OUT)/obj/lib/%.o: FUZZ_CFLAGS += $(fuzz_no_numbers)

$(FUZZ_OUT)/obj/%.o: %.c test/fuzz/fuzz.mk mk/programs.mk | build/deps.fuzz
	$(call say,CLANG,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

$(eval $(call shared_archive,$(FUZZ_OUT)/obj,ar))

$(FUZZ_TARGETS:%=$(FUZZ_OUT)/%): $(FUZZ_OUT)/%: $$(call fuzz_objects,$$*) $(FUZZ_OUT)/obj/shared.a
	$(Q)$(FUZZ_CC) $(FUZZ_SANITIZERS) $(fuzz_$*_LDFLAGS) -o $@ $^

$(FUZZ_TARGETS:%=$(UNIT_OUT)/%_saved): $(UNIT_OUT)/%_saved: $$(call fuzz_saved_objects,$$*) $(UNIT_OUT)/shared.a
	$(Q)$(HOST_CC) $(UNIT_INSTRUMENTS) $(fuzz_$*_LDFLAGS) -o $@ $^

# A found input's name is that of the target, so one command runs it again.
.PHONY: fuzz fuzz-regression
fuzz: | build/deps.fuzz
fuzz: $(FUZZ:%=$(FUZZ_OUT)/%) ## fuzz all that reads foreign bytes, TIME=60 seconds each, FUZZ="name ..."
	$(Q)test/fuzz/run $(FUZZ_OUT) $(TIME) $(FUZZ)

fuzz-regression: $(FUZZ:%=$(UNIT_OUT)/%_saved) ## the inputs that fuzzing is known by, once each
	$(Q)test/fuzz/run-saved $(UNIT_OUT) $(FUZZ)

-include $(patsubst %.o,%.d,$(shared_sources:%.c=$(FUZZ_OUT)/obj/%.o) $(foreach target,$(FUZZ_TARGETS),\
	$(call fuzz_objects,$(target)) $(call fuzz_saved_objects,$(target))))
