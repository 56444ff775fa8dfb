# SPDX-License-Identifier: MIT
# test_ssh.py packs layers of the SSH server as a user does.

system: $(DROPBEAR)/dropbearmulti
