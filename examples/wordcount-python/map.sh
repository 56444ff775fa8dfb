#!/bin/sh
#SBATCH --job-name=map --ntasks=1 --mem=128 --output=/dev/null
# SPDX-License-Identifier: MIT
# Counts the words of one part. What it makes goes to the server's share; /tmp is the job's own.
set -eu
share=$GREYHOUND_URL/wordcount
cd /tmp
wget -q "$share/map.py" "$share/part$SLURM_ARRAY_TASK_ID"
python3 map.py <"part$SLURM_ARRAY_TASK_ID" >counts
put counts "$share/counts$SLURM_ARRAY_TASK_ID"
hostname | put - "$share/node$SLURM_ARRAY_TASK_ID"
