#!/bin/sh
#SBATCH --job-name=map --ntasks=1 --mem=64 --output=/dev/null
# SPDX-License-Identifier: MIT
# Counts the words of one part.
set -eu
share=$GREYHOUND_URL/wordcount-c
cd /tmp
wget -q "$share/wordcount"
chmod +x wordcount
wget -q -O - "$share/part$SLURM_ARRAY_TASK_ID" | ./wordcount | put - "$share/counts$SLURM_ARRAY_TASK_ID"
