# SPDX-License-Identifier: MIT
# The boot chain: `make netboot` boots nodes in QEMU through U-Boot and iPXE. PYTEST="-k word -x" passes options on.
# As root it also does so from the real boot server, in network namespaces. What takes minutes of waiting is
# done by `make netboot-all` only: a slow and lossy link, a lease of two minutes.

.PHONY: netboot netboot-all scaling spi-image-sopine
# Its layout is checked as it is made; nothing here can run it.
spi-image-sopine:
	+$(Q)$(MAKE) BOARD=sopine spi-image

netboot: $(UBOOT) $(IPXE_EFI) $(IPXE_FIT) kernel initramfs | build/deps.run build/deps.test ## boot nodes through the whole chain
	$(Q)$(unlock)
	$(Q)PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -o cache_dir=$(CURDIR)/build/pytest \
		$(PYTEST) test/netboot

netboot-all: export NETBOOT_SLOW := yes
netboot-all: netboot ## ... and the tests that wait for minutes

scaling: $(UBOOT) $(IPXE_EFI) kernel initramfs | build/deps.run build/deps.test build/deps.server build/deps.bench ## what one boot server sustains here (root)
	$(Q)$(unlock)
	$(Q)/usr/bin/python3 -B test/netboot/scaling.py
