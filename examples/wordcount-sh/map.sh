#!/bin/sh
#SBATCH --job-name=map --ntasks=1 --mem=128 --output=/dev/null
# SPDX-License-Identifier: MIT
# Counts the words of one part.
set -eu
share=$GREYHOUND_URL/wordcount-sh
wget -q -O - "$share/part$SLURM_ARRAY_TASK_ID" | tr -cs '[:alpha:]' '\n' | tr '[:upper:]' '[:lower:]' |
	awk '$1 { count[$1]++ } END { for (word in count) print word, count[word] }' | put - "$share/counts$SLURM_ARRAY_TASK_ID"
