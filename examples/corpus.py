# SPDX-License-Identifier: MIT
"""corpus.py FOLDER PARTS BYTES: a text of so many bytes in so many files, part0, part1, ...; words as frequent as Zipf's
law has them, and the same at every run."""

import random
import sys
from itertools import accumulate
from pathlib import Path

WORDS = 20000


def main(folder, parts, size):
    letters = random.Random(1)
    words = ["".join(letters.choices("etaoinshrdlucmfwypvbgk", k=letters.randint(2, 9))) for _ in range(WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    for part in range(parts):
        chance = random.Random(part)
        with open(folder / f"part{part}", "w", encoding="ascii") as file:
            while file.tell() < size // parts:
                file.write(" ".join(chance.choices(words, cum_weights=weights, k=12)) + ".\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
