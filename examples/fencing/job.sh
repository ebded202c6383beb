#!/bin/sh
# Writes the day's report into an SQLite database, together with the fencing token of this run.
#
#   redlock-run --key report --schedule '0 3 * * *' -- ./job.sh report.db
set -eu
database=$1
fence=${REDLOCK_RUN_FENCE:?is set by redlock-run}

value=$(./compute.sh)

sqlite3 -bail -cmd '.timeout 5000' "$database" <<SQL
INSERT INTO report (name, value, fence) VALUES ('daily', '$value', $fence)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value, fence = excluded.fence;
SQL
