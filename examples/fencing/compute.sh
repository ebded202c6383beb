#!/bin/sh
# Stands for the long part of the job.
echo "computed by $REDLOCK_RUN_NODE"
