#!/bin/sh
# Tells Snakemake how a job of Slurm is: running, success or failed.
state=$(scontrol show job "$1" --oneliner 2>/dev/null | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
case "$state" in
  COMPLETED) echo success ;;
  PENDING | CONFIGURING | RUNNING | SUSPENDED | COMPLETING | REQUEUED | REQUEUE_HOLD | STOPPED) echo running ;;
  *) echo failed ;;
esac
