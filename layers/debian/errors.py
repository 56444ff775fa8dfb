# SPDX-License-Identifier: MIT
"""What ends a build with a message for people: what is wrong, where, and what to do now."""


class Trouble(Exception):
    """The first argument is the message; each further one is a line below it."""
