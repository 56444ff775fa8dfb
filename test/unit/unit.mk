# SPDX-License-Identifier: MIT
# Unit tests: code without system calls, on the build machine, under AddressSanitizer and UBSan.
# test/unit/NAME_test.c is one program; it is linked with the rooms that programs share and with
# what unit_NAME_SRCS names besides. `make unit` builds and runs them all, `make unit UNIT=NAME` one.
#
# The flags are those of mk/programs.mk and the sanitizers'; so the objects are kept apart.

# PID 1: the core, on top of it the graph of a node that the test plays, on top of that its lines.
pid1_core := init/pid1/core.c
pid1_graph := $(pid1_core) init/pid1/graph.c test/unit/played_node.c
pid1_lines := $(pid1_graph) test/unit/played_supervisor.c \
	$(addprefix init/pid1/,answer.c boot_reason.c changes.c line.c ring.c step.c)
$(foreach unit,core core_start core_stop core_restart,$(eval unit_$(unit)_SRCS := $(pid1_core)))
$(foreach unit,graph graph_stop graph_state,$(eval unit_$(unit)_SRCS := $(pid1_graph)))
unit_graph_random_SRCS := $(pid1_graph) test/unit/random_services.c
$(foreach unit,line line_length answer,$(eval unit_$(unit)_SRCS := $(pid1_lines)))
unit_obituary_SRCS := $(pid1_lines) init/pid1/obituary.c
unit_health_SRCS := $(pid1_lines) init/pid1/health.c
unit_ring_SRCS := init/pid1/ring.c
unit_condition_SRCS := init/pid1/condition.c
unit_accounts_SRCS := init/pid1/accounts.c
unit_boot_reason_SRCS := init/pid1/boot_reason.c
unit_changes_SRCS := init/pid1/changes.c
# netd: addresses and names, on top of them leases, on top of those the rest.
netd_names := $(addprefix init/netd/,ipv4.c name.c ip_parameter.c vlan_parameter.c)
netd_leases := $(netd_names) $(addprefix init/netd/,lease.c lease_text.c)
unit_netd_ipv4_SRCS := $(netd_names)
unit_netd_settings_SRCS := $(netd_names) init/netd/settings.c
unit_netd_ip_parameter_SRCS := $(netd_names) init/netd/settings.c
unit_netd_lease_SRCS := $(netd_leases)
unit_netd_udhcpc_environment_SRCS := $(netd_leases) init/netd/udhcpc_environment.c
unit_netd_files_SRCS := $(netd_leases) $(addprefix init/netd/,files.c)
unit_netd_router_dns_SRCS := init/netd/router_dns.c init/netd/name.c
unit_netd_address6_SRCS := init/netd/address6.c
unit_netd_metrics_SRCS := $(netd_leases) $(addprefix init/netd/,metrics.c link.c address6.c claim.c arp.c dhcp.c router_dns.c)
unit_netd_claim_SRCS := $(addprefix init/netd/,claim.c arp.c)
unit_netd_link_SRCS := $(netd_leases) $(addprefix init/netd/,link.c address6.c claim.c arp.c dhcp.c)
# join-layer: what it reads, and fetching.
layer_text := $(addprefix init/layer/,description.c url.c response.c)
unit_layer_text_SRCS := $(layer_text)
unit_layer_fetch_SRCS := $(layer_text) init/layer/fetch.c
logshipd_pure := $(addprefix daemons/logshipd/,destination.c kernel_record.c lines.c message.c queue.c text.c)
unit_logshipd_SRCS := $(logshipd_pure)
unit_logshipd_transport_SRCS := $(logshipd_pure) $(addprefix daemons/logshipd/,resolver.c transport.c)
# blinkstickd: colours over time, on top of them who is seen, on top of that the life of a stick.
blinkstick_light := $(addprefix daemons/blinkstickd/,colour.c pattern.c)
blinkstick_scene := $(blinkstick_light) $(addprefix daemons/blinkstickd/,config.c request.c scene.c)
unit_blinkstick_light_SRCS := $(blinkstick_light)
$(foreach unit,config scene,$(eval unit_blinkstick_$(unit)_SRCS := $(blinkstick_scene)))
unit_blinkstick_stick_SRCS := $(blinkstick_scene) $(addprefix daemons/blinkstickd/,stick.c stick_model.c finder.c)
svctl_sources := $(filter-out init/svctl/main.c,$(sort $(wildcard init/svctl/*.c)))
$(foreach unit,table escape record goal log explain timeline drawing,$(eval unit_svctl_$(unit)_SRCS := $(svctl_sources)))
# resmond: text, on it what reads the kernel's files.
resmond_text := $(addprefix daemons/resmond/,output.c step.c exposition.c)
resmond_kernel := $(resmond_text) $(addprefix daemons/resmond/,folder.c kernel.c lines.c network.c)
unit_resmond_text_SRCS := $(resmond_text)
unit_resmond_http_SRCS := $(addprefix daemons/resmond/,http.c output.c alert.c)
unit_resmond_kernel_SRCS := $(resmond_kernel) test/unit/played_files.c
unit_resmond_sysfs_SRCS := $(resmond_kernel) test/unit/played_files.c \
	$(addprefix daemons/resmond/,filesystem.c inclusion.c sensor.c)
unit_resmond_guard_SRCS := $(resmond_kernel) test/unit/played_files.c \
	$(addprefix daemons/resmond/,alert.c guard.c sensor.c)
unit_resmond_report_SRCS := $(resmond_kernel) test/unit/played_files.c \
	$(addprefix daemons/resmond/,report.c report_text.c report_machine.c report_memory.c sensor.c services.c)

# Further arguments of the linker: calls that a test stands in for.
unit_graph_random_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
unit_health_LDFLAGS := -Wl,--wrap=syscall
unit_logshipd_transport_LDFLAGS := -Wl,--wrap=log_line,--wrap=setsockopt
unit_layer_fetch_LDFLAGS := -pthread -Wl,--wrap=log_line,--wrap=nanosleep
unit_resmond_guard_LDFLAGS := -Wl,--wrap=log_line
unit_service_memory_LDFLAGS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

UNIT_OUT := build/host/unit
# How the tests are instrumented, compiling and linking; test/coverage.mk has another way.
UNIT_INSTRUMENTS := -fsanitize=address,undefined
UNIT_CFLAGS = $(C_FLAGS) -Itest/unit -O1 \
	$(UNIT_INSTRUMENTS) -fno-sanitize-recover=all -fno-omit-frame-pointer

UNITS := $(sort $(patsubst test/unit/%_test.c,%,$(wildcard test/unit/*_test.c)))
UNIT ?= $(UNITS)

# The objects of the test $(1).
unit_objects = $(patsubst %.c,$(UNIT_OUT)/%.o,test/unit/$(1)_test.c $(unit_$(1)_SRCS))

$(UNIT_OUT)/%.o: %.c test/unit/unit.mk mk/programs.mk | build/deps.build build/deps.test
	$(call say,CC,$< with sanitizers)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(UNIT_CFLAGS) -c -o $@ $<

$(eval $(call shared_archive,$(UNIT_OUT),ar))

$(UNITS:%=$(UNIT_OUT)/%_test): $(UNIT_OUT)/%_test: $$(call unit_objects,$$*) $(UNIT_OUT)/shared.a
	$(Q)$(HOST_CC) $(UNIT_INSTRUMENTS) $(unit_$*_LDFLAGS) -o $@ $^ -lcmocka

.PHONY: unit
unit: $(UNIT:%=$(UNIT_OUT)/%_test) ## unit tests under sanitizers, UNIT="name ..." for some
	$(Q)test/unit/run $^

-include $(patsubst %.o,%.d,$(shared_sources:%.c=$(UNIT_OUT)/%.o) $(foreach unit,$(UNITS),$(call unit_objects,$(unit))))
