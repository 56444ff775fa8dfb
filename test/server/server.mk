# SPDX-License-Identifier: MIT
# The boot server's own code: what it makes of settings and of its servers' lines (quick, in `make check`), and its
# page in a browser. That nodes boot from it is shown by test/netboot.

.PHONY: server-unit server-page
server_pytest = PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -o cache_dir=$(CURDIR)/build/pytest $(PYTEST)

server-unit: | build/deps.test build/deps.server ## tests of the boot server's own code
	$(Q)$(server_pytest) test/server --ignore=test/server/test_page.py

server-page: | build/deps.test ## the boot server's page in a browser
	$(Q)$(server_pytest) test/server/test_page.py
