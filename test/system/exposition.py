# SPDX-License-Identifier: MIT
"""Reads metrics as strictly as a scraper may: the Prometheus text format 0.0.4, and what promtool does not see
(samples twice, families in several pieces)."""

import re
import subprocess

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? '
                    r"([-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|NaN|Inf))")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')

# node_exporter's names, kept so that its dashboards work, are not always as promtool likes names.
KEPT_NAMES = re.compile(r"node_(memory_\w+ metric names should be|vmstat_\w+ counter metrics should|"
                        r"entropy_\w+_bits use base unit)")


class Metrics(dict):
    """{name: {frozenset of (label, value): number}}"""

    def value(self, name, /, **labels):
        """The one sample that has these labels."""
        found = [number for key, number in self.get(name, {}).items() if set(labels.items()) <= key]
        assert len(found) == 1, f"{name}{labels}: {found or 'no sample'}"
        return found[0]

    def labels(self, name, label):
        return {dict(key).get(label) for key in self.get(name, {})}


def parse(text):
    """Fails with the line that is wrong."""
    assert text.endswith("\n"), text[-80:]
    metrics, types, helped, current = Metrics(), {}, set(), None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            current = line.split(" ")[2]
            assert current not in helped, f"a family in pieces: {line}"
            helped.add(current)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and name not in types and name not in metrics, line
            assert kind in ("counter", "gauge"), line
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no sample: {line!r}"
            name, labels, number = match.groups()
            assert name == current and name in types, f"not of the family before it: {line}"
            key = frozenset(LABEL.findall(labels or ""))
            family = metrics.setdefault(name, {})
            assert key not in family, f"twice: {line}"
            family[key] = float(number)
            assert types[name] == "gauge" or family[key] >= 0, line
    assert set(types) == set(metrics), "families without samples"
    return metrics


def lint(text):
    """What promtool says of it, but for names that are node_exporter's."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return [line for line in done.stdout.splitlines() if not KEPT_NAMES.match(line)]
