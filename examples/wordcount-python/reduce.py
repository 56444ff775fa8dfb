# SPDX-License-Identifier: MIT
"""reduce.py FILE...: adds up what map.py made of several parts; --directly, the parts themselves are counted."""

import re
import sys
from collections import Counter

total = Counter()
files = [name for name in sys.argv[1:] if name != "--directly"]
for name in files:
    with open(name, encoding="ascii") as file:
        if len(files) < len(sys.argv) - 1:
            total.update(re.findall(r"[a-z]+", file.read().lower()))
        else:
            for line in file:
                word, count = line.split()
                total[word] += int(count)
for word in sorted(total):
    print(word, total[word])
