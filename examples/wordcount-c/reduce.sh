#!/bin/sh
#SBATCH --job-name=reduce --ntasks=1 --mem=64 --output=/dev/null
# SPDX-License-Identifier: MIT
# reduce.sh PARTS: adds up the counts of all parts.
set -eu
share=$GREYHOUND_URL/wordcount-c
cd /tmp
wget -q "$share/wordcount"
chmod +x wordcount
for part in $(seq 0 $(($1 - 1))); do wget -q "$share/counts$part"; done
cat counts* | ./wordcount -r | put - "$share/counts"
