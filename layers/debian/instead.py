# SPDX-License-Identifier: MIT
"""What is done in a tree instead of running maintainer scripts, and what people are told of the rest."""

import re

import accounts
import scripts

CERTIFICATES = "usr/share/ca-certificates"


def alternatives(tree, found):
    """Makes the links; returns a warning for each that leads nowhere."""
    warnings = []
    for link, target in sorted(scripts.choose(found).items()):
        place = tree.folder / link
        if tree.has(target):
            if link != target and (place.is_symlink() or not place.exists()):
                tree.link(link, target)
        elif target not in tree.left_out:
            warnings.append(f"the alternative /{link} is not made: there is no /{target}")
    return warnings


def certificates(tree):
    """One file of all certificates, which is what programs read (update-ca-certificates)."""
    folder = tree.folder / CERTIFICATES
    if folder.is_dir():
        tree.add("etc/ssl/certs/ca-certificates.crt", "".join(
            path.read_text().rstrip("\n") + "\n" for path in sorted(folder.rglob("*.crt"))))


class Reviewer:
    """Goes through the scripts of one package after the other."""

    def __init__(self, tree, known_accounts, reviewed):
        self.tree = tree
        self.known = known_accounts
        self.reviewed = reviewed
        self.alternatives = []
        self.wanted = set()
        self.warnings = []

    def look(self, package, control):
        findings = scripts.read_scripts(control)
        self.alternatives += findings.alternatives
        names = set(findings.accounts)
        for path, text in sorted(self.tree.settings.items()):
            if "sysusers.d" in path:
                names |= accounts.of_sysusers(text)
        reviewed, told = scripts.review(package.name, self.reviewed)
        if told:
            self.warnings.append(f"{package.name}: {told}")
        for name in sorted(names):
            if name in self.known:
                self.wanted.add(name)
            elif name != "root" and not reviewed:
                self.warnings.append(f"{package.name} wants the account '{name}', for which layers/debian/accounts.list "
                                     "has no id: it is not made")
        if findings.doubts and not reviewed:
            script, line = findings.doubts[0]
            others = len(findings.doubts) - 1
            self.warnings.append(f"{package.name}: its {script} is not run, and does what nothing here does instead: "
                                 f"'{line[:80]}'" + (f" and {others} lines more" if others else ""))
        if not reviewed:
            folders = self._folders_at_boot()
            if folders:
                self.warnings.append(f"{package.name}: nothing makes {' '.join(folders)} at boot (tmpfiles.d); "
                                     "the service that needs it has to")

    def _folders_at_boot(self):
        found = set()
        for path, text in self.tree.settings.items():
            if "tmpfiles.d" in path:
                found |= set(re.findall(r"^[dD][!+=-]*\s+(/\S+)", text, re.M))
        return sorted(found)

    def finish(self):
        """All that is made at the end; returns the warnings."""
        for name in sorted(self.wanted):
            for path, text in self.known[name].lines().items():
                self.tree.add(path, text)
        self.warnings += alternatives(self.tree, self.alternatives)
        certificates(self.tree)
        return self.warnings
