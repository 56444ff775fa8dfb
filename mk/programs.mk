# SPDX-License-Identifier: MIT
# Our own C programs, for the node and (svctl) for the build machine. A program is a folder of .c
# files, linked with what it needs of the shared rooms: lib/basics, lib/control, init/service.
# To add one, add a line at the end of this file.
#
#   build/<board>/bin/NAME        as it goes to the node, stripped
#   build/<board>/bin/NAME.debug  the same with symbols, for gdb and addr2line
#   build/host/NAME               for the build machine

C_WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
C_FLAGS := -std=gnu17 -D_GNU_SOURCE $(C_WARNINGS) -Ilib -Iinit -Idaemons -DGREYHOUND_VERSION='"$(VERSION)"' \
	-ffile-prefix-map=$(CURDIR)=. -g -MMD -MP
# Libraries' headers; as system headers, for they do not bear all our warnings.
C_LIBRARY_FLAGS := -isystem $(BOARD_OUT)/sysroot/include

NODE_OBJ := $(BOARD_OUT)/obj
NODE_BIN := $(BOARD_OUT)/bin
HOST_OBJ := build/host/obj

# What compiles and links our programs; a change of any of these rebuilds them.
program_recipe := Makefile mk/programs.mk mk/toolchain.mk boards/$(BOARD).mk

$(NODE_OBJ)/%.o: %.c $(program_recipe) $(TOOLCHAIN)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(C_FLAGS) $(C_LIBRARY_FLAGS) $(NODE_CFLAGS) -c -o $@ $<

$(HOST_OBJ)/%.o: %.c $(program_recipe) | build/deps.build
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(C_FLAGS) -O2 -c -o $@ $<

c_sources = $(sort $(wildcard $(1)/*.c))

# What programs share: of the archive a program takes what it uses. Each build of ours that has objects of
# its own (the node's, this machine's, the sanitizers', ...) makes one of them. The folders are prerequisites because
# a file that went away changes them and nothing else. (q: two files of one name in different rooms are both kept.)
SHARED := lib/basics lib/control init/service
shared_sources := $(foreach room,$(SHARED),$(call c_sources,$(room)))

# $(call shared_archive,FOLDER OF THE OBJECTS,AR): the rule of FOLDER/shared.a
define shared_archive
$(1)/shared.a: $(patsubst %.c,$(1)/%.o,$(shared_sources)) $(SHARED)
	$$(Q)rm -f $$@
	$$(Q)$(2) qcs $$@ $$(filter %.o,$$^)
endef

$(eval $(call shared_archive,$(NODE_OBJ),$(CROSS)ar))
$(eval $(call shared_archive,$(HOST_OBJ),ar))

# All that ends up in a program of ours, for what looks at sources.
own_sources := $(sort $(wildcard lib/*/*.c init/*/*.c daemons/*/*.c))
own_headers := $(sort $(wildcard lib/*/*.h init/*/*.h daemons/*/*.h))

# $(call program,NAME,FOLDER,PATH ON THE NODE,LIBRARIES)
define program
program_sources += $(call c_sources,$(2))
NODE_PROGRAMS += $(NODE_BIN)/$(1)
STAGED += $(1):$(3)

$(patsubst %.c,$(NODE_OBJ)/%.o,$(call c_sources,$(2))): $(4)

$(NODE_BIN)/$(1).debug: $(patsubst %.c,$(NODE_OBJ)/%.o,$(call c_sources,$(2))) $(2) $(NODE_OBJ)/shared.a $(4)
	$$(call say,LINK,$(1))
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CROSS_CC) $$(NODE_CFLAGS) $$(NODE_LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^)

$(NODE_BIN)/$(1): $(NODE_BIN)/$(1).debug
	$$(Q)$$(CROSS)strip -s -R .comment -o $$@ $$<
endef

# $(call host_program,NAME,FOLDER)
define host_program
build/host/$(1): $(patsubst %.c,$(HOST_OBJ)/%.o,$(call c_sources,$(2))) $(2) $(HOST_OBJ)/shared.a
	$$(call say,LINK,$(1) for this machine)
	$$(Q)$$(HOST_CC) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^)
endef

.PHONY: programs
programs: $$(NODE_PROGRAMS) ## build our own programs for the node

# For editors and clang-tidy: as the build machine's compiler would see our sources.
compile_commands.json: FORCE
	$(call say,GEN,$@)
	$(Q)comma='['; for source in $(own_sources); do \
		printf '%s\n{ "directory": "%s", "file": "%s",\n  "command": "gcc %s -c %s" }' "$$comma" \
			'$(CURDIR)' "$$source" '$(filter-out -M% -D% -f%,$(C_FLAGS)) $(C_LIBRARY_FLAGS)' "$$source"; \
		comma=,; \
	done >$@ && echo ']' >>$@

$(eval $(call program,init,init/pid1,/init))
$(eval $(call program,svctl,init/svctl,/sbin/svctl))
$(eval $(call program,netd,init/netd,/sbin/netd,$(LIBNL)))
$(eval $(call program,join-layer,init/layer,/sbin/join-layer))
$(eval $(call program,blinkstickd,daemons/blinkstickd,/sbin/blinkstickd,$(LIBUSB)))
$(eval $(call program,resmond,daemons/resmond,/sbin/resmond))
$(eval $(call program,logshipd,daemons/logshipd,/sbin/logshipd))
$(eval $(call host_program,svctl,init/svctl))
$(eval $(call host_program,resmond,daemons/resmond))

# The page of the monitor goes into the program as it is.
$(NODE_OBJ)/daemons/resmond/page.o $(HOST_OBJ)/daemons/resmond/page.o: daemons/resmond/page.html

program_sources += $(shared_sources)
-include $(patsubst %.c,$(NODE_OBJ)/%.d,$(program_sources)) $(patsubst %.c,$(HOST_OBJ)/%.d,$(program_sources))
