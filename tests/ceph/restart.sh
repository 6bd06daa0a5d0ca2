#!/usr/bin/env bash
# Start a daemon of start.sh again that was killed: restart.sh NAME, such as rgw.0, osd.0 or mon.a.     env: ROOT
set -euo pipefail; umask 077
n=$1; export CEPH_CONF="$ROOT/ceph.conf"
eval "command=($(cat "$ROOT/run/$n.command"))"
setsid "${command[@]}" >> "$ROOT/log/$n.out" 2>&1 < /dev/null &
echo "$! $n" >> "$ROOT/pids"
