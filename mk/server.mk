# SPDX-License-Identifier: MIT
# The boot server on this machine, and what it serves: docs/server.md. All of it is below build/server but
# for what you write yourself, in site/ (SITE=): scripts of nodes and of groups.
#
#   IMAGE=            the version's name; default: Greyhound's version and the commit
#   LAYERS="a b"      archives or folders that go with this version, unpacked in this order
#   CMDLINE=          further kernel arguments of this version
#   SIGN=yes          it is one signed program (docs/trust.md)
#   CURRENT=keep      publish it, but let nodes boot what they did: for publish-pin, then publish-use
#
# What `make pxe-server` is told (IFACE= and so on) is described in server/settings.py.

SERVER := build/server
SITE ?= site
server_settings := IFACE SLURM SUBNET DHCP RANGE ROUTER DNS NTP HTTP_PORT SYSLOG_PORT NETCONSOLE_PORT SECOND_DHCP_SERVER
# Its ports need root, the build does not.
SUDO ?= $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: publish publish-list publish-use publish-back publish-remove publish-pin publish-unpin pxe-server
ifneq ($(SIGN),)
publish: signed-program
	$(Q)server/publish $(SERVER) site '$(SITE)'
	$(Q)server/publish $(SERVER) add-signed $(if $(IMAGE),--exact) $(if $(filter keep,$(CURRENT)),--keep) \
		'$(or $(IMAGE),$(netboot_version))' $(BOARD) $(SIGNED_PROGRAM) $(SIGNED_IPXE) $(LAYERS)
	$(Q)$(ipxe_note)
else
publish: $$(KERNEL_EFI) $$(INITRAMFS) $(IPXE_EFI) build/host/svctl ## what nodes boot from now on: LAYERS="a b" IMAGE=name CMDLINE=... [SIGN=yes]
	$(Q)server/publish $(SERVER) site '$(SITE)'
	$(Q)server/publish $(SERVER) add $(if $(IMAGE),--exact) $(if $(filter keep,$(CURRENT)),--keep) $(BOARD_CLIENT:%=--client=%) \
		'$(or $(IMAGE),$(netboot_version))' $(BOARD) $(KERNEL_EFI) $(INITRAMFS) $(IPXE_EFI) $(ROOT) \
		'$(strip $(KERNEL_CMDLINE) $(CMDLINE))' $(LAYERS)
	$(Q)$(ipxe_note)
endif

publish-list: ## the versions that are published, * is current
	$(Q)server/publish $(SERVER) list

publish-use: ## let nodes boot the version IMAGE=
	$(if $(IMAGE),,$(error usage: make publish-use IMAGE=version; make publish-list shows what there is))
	$(Q)server/publish $(SERVER) use '$(IMAGE)'

publish-back: ## let nodes boot what they did before the last publish
	$(Q)server/publish $(SERVER) back

publish-remove: ## remove the version IMAGE= that no node is to boot any more
	$(if $(IMAGE),,$(error usage: make publish-remove IMAGE=version, one of `make publish-list`))
	$(Q)server/publish $(SERVER) remove '$(IMAGE)'

publish-pin: ## let one node boot a version of its own: NODE=52:54:00:12:34:56 IMAGE=
	$(if $(and $(NODE),$(IMAGE)),,$(error usage: make publish-pin NODE=52:54:00:12:34:56 IMAGE=version))
	$(Q)server/publish $(SERVER) pin '$(SITE)' '$(NODE)' '$(IMAGE)'

publish-unpin: ## let that node boot what all do: NODE=
	$(if $(NODE),,$(error usage: make publish-unpin NODE=52:54:00:12:34:56))
	$(Q)server/publish $(SERVER) unpin '$(SITE)' '$(NODE)'

# A wrong IFACE= is told before anything is built.
pxe-server: | build/deps.server $(if $(filter on,$(SLURM)),build/deps.cluster) ## boot the nodes on a network: IFACE=eth1 [SUBNET=192.168.50.0/24] [DHCP=off]
	$(Q)server/pxe-server --check $(foreach name,$(server_settings),$(if $($(name)),'$(name)=$($(name))'))
	+$(Q)[ -e $(SERVER)/http/current ] || $(MAKE) publish
	$(Q)server/publish $(SERVER) site '$(SITE)'
	$(Q)$(unlock)
	$(Q)$(SUDO) server/pxe-server $(SERVER) $(foreach name,$(server_settings),$(if $($(name)),'$(name)=$($(name))'))
