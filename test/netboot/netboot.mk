# SPDX-License-Identifier: MIT
# The boot chain: `make netboot` boots nodes in QEMU through U-Boot and iPXE. PYTEST="-k word -x" passes options on.
# As root it also does so from the real boot server, in network namespaces. What takes minutes of waiting is
# done by `make netboot-all` only: a slow and lossy link, a lease of two minutes.

.PHONY: netboot netboot-all scaling spi-image-sopine signed-test
# Its layout is checked as it is made; nothing here can run it.
spi-image-sopine:
	+$(Q)$(MAKE) BOARD=sopine spi-image

# U-Boot and a program with keys of the tests: two that are believed, and room for the hash of a program that a test
# revokes (signed.py). What both makes would build is there first.
signed_keys := build/trust-test/keys
signed-test: $(UBOOT) $(IPXE_EFI) $(KERNEL_EFI) $(INITRAMFS) $(ENTRY) build/host/svctl | build/deps.trust
	$(Q)[ -e $(signed_keys)/PK.crt ] || trust/keys $(signed_keys) >/dev/null
	$(Q)[ -e $(signed_keys)/db2.crt ] || trust/keys $(signed_keys) db2 >/dev/null
	$(Q)printf 'replaced by the test' | sha256sum | cut -d ' ' -f 1 >$(signed_keys)/revoked
	+$(Q)$(MAKE) SIGN=yes KEYS=$(signed_keys) SIGN_KEY=db BOOT_OUT=$(BOARD_OUT)/signed-test LOWEST=1000 SERIAL=2000 \
		SIGNED= LAYERS= CMDLINE= uboot signed-program

netboot: $(UBOOT) $(IPXE_EFI) $(IPXE_FIT) kernel initramfs signed-test | build/deps.run build/deps.test ## boot nodes through the whole chain
	$(Q)$(unlock)
	$(Q)PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -o cache_dir=$(CURDIR)/build/pytest \
		$(PYTEST) test/netboot

netboot-all: export NETBOOT_SLOW := yes
netboot-all: netboot ## ... and the tests that wait for minutes

scaling: $(UBOOT) $(IPXE_EFI) kernel initramfs | build/deps.run build/deps.test build/deps.server build/deps.bench ## what one boot server sustains here (root)
	$(Q)$(unlock)
	$(Q)/usr/bin/python3 -B test/netboot/scaling.py
