#!/bin/sh
#SBATCH --job-name=sweep --ntasks=1 --mem=32 --output=/dev/null
# SPDX-License-Identifier: MIT
# One value of the parameter: 2.8 and further in steps of 0.08.
set -eu
share=$GREYHOUND_URL/sweep
r=$(awk -v "i=$SLURM_ARRAY_TASK_ID" 'BEGIN { printf "%.3f", 2.8 + 0.08 * i }')
wget -q -O /tmp/model.awk "$share/model.awk"
awk -v "r=$r" -f /tmp/model.awk | put - "$share/result$SLURM_ARRAY_TASK_ID"
