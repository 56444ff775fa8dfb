# SPDX-License-Identifier: MIT
# A cluster of nodes in QEMU, as people start it, and what is promised of it. It takes root.

.PHONY: cluster-test
cluster-test: kernel initramfs $$(UBOOT) $(IPXE_EFI) | build/deps.run build/deps.server build/deps.cluster build/deps.test ## jobs on a cluster of nodes in QEMU
	$(Q)$(unlock)
	$(Q)$(node_tests) $(PYTEST) test/cluster
