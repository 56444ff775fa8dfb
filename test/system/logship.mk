# SPDX-License-Identifier: MIT
# A real log server for test_logship.py: Debian's rsyslog, unpacked and not installed. Installed it
# would run on this machine from then on, and would remove another syslog daemon.

RSYSLOG_TESTED := build/host/rsyslog

$(RSYSLOG_TESTED)/usr/sbin/rsyslogd: test/system/logship.mk mk/unpack-packages | build/deps.test
	$(call say,UNPACK,rsyslog for the tests)
	$(Q)mk/unpack-packages $(RSYSLOG_TESTED) rsyslog libestr0 libfastjson4 liblognorm5
	$(Q)touch $@

system: $(RSYSLOG_TESTED)/usr/sbin/rsyslogd
