# SPDX-License-Identifier: MIT
"""Words of standard input with their counts, sorted."""

import re
import sys
from collections import Counter

counts = Counter(re.findall(r"[a-z]+", sys.stdin.read().lower()))
for word in sorted(counts):
    print(word, counts[word])
