# SPDX-License-Identifier: MIT
"""What all tests of the build's scripts need."""

import signal


def pytest_configure():
    # A shell starts what is in its background with SIGINT ignored; what tests interrupt would inherit that.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
