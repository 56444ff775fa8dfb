#!/bin/sh
#SBATCH --job-name=reduce --ntasks=1 --mem=128 --output=/dev/null
# SPDX-License-Identifier: MIT
# reduce.sh PARTS: adds up the counts of all parts.
set -eu
share=$GREYHOUND_URL/wordcount
cd /tmp
wget -q "$share/reduce.py"
for part in $(seq 0 $(($1 - 1))); do wget -q "$share/counts$part"; done
python3 reduce.py counts* >total
put total "$share/counts"
