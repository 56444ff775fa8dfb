# SPDX-License-Identifier: MIT
"""Users and groups that packages want, with ids that are the same on every node (accounts.list). A layer brings each
as one line in a file of its own, /etc/passwd.d/NAME and /etc/group.d/NAME, so that layers do not undo each other.
"""

import re
import shlex
from dataclasses import dataclass

from errors import Trouble


@dataclass(frozen=True)
class Account:
    name: str
    number: int         # of the user and of the group
    home: str           # "-" for a group alone
    comment: str

    def lines(self):
        """{path in the layer: text}"""
        found = {f"etc/group.d/{self.name}": f"{self.name}:x:{self.number}:\n"}
        if self.home != "-":
            found[f"etc/passwd.d/{self.name}"] = (
                f"{self.name}:x:{self.number}:{self.number}:{self.comment}:{self.home}:/bin/false\n")
        return found


def accounts_list(text):
    """{name: Account}"""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split(None, 3)
        if not words:
            continue
        if len(words) < 3 or not words[1].isdigit():
            raise Trouble(f"accounts.list:{number}: 'name id home comment' is what a line should be")
        account = Account(words[0], int(words[1]), words[2], words[3].strip() if len(words) > 3 else "")
        if account.number in [other.number for other in found.values()]:
            raise Trouble(f"accounts.list:{number}: the id {account.number} is another account's, too")
        found[account.name] = account
    return found


def of_sysusers(text):
    """The names of the users and groups that a file of sysusers.d describes."""
    names = set()
    for line in text.splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = line.split()
        if len(words) > 1 and re.fullmatch(r"[ug][!]?", words[0]):
            names.add(words[1])
    return names
