#!/bin/sh
#SBATCH --job-name=reduce --ntasks=1 --mem=128 --output=/dev/null
# SPDX-License-Identifier: MIT
# reduce.sh PARTS: adds up the counts of all parts.
set -eu
share=$GREYHOUND_URL/wordcount-sh
for part in $(seq 0 $(($1 - 1))); do wget -q -O - "$share/counts$part"; done |
	awk '{ count[$1] += $2 } END { for (word in count) print word, count[word] }' | sort | put - "$share/counts"
