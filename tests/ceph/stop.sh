#!/usr/bin/env bash
# Stop everything start.sh started (by pid, checked by command line), gateways first; unless WIPE=0 delete the state.
ROOT=${ROOT:-${TMPDIR:-/tmp}/ceph-s3}; [ -f "$ROOT/pids" ] || exit 0
mine() { [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' 2>/dev/null < "/proc/$1/cmdline" | grep -qF -- "-c $ROOT/ceph.conf"; }   # not comm: radosgw >= 18 renames its main thread
for kind in rgw osd mgr mon; do
  ps=$(awk -v k="$kind" 'index($2,k)==1{print $1}' "$ROOT/pids")
  for sig in TERM KILL; do
    for p in $ps; do mine "$p" && kill -$sig "$p"; done 2>/dev/null
    for ((t=0;t<50;t++)); do a=0; for p in $ps; do mine "$p" && a=1; done 2>/dev/null; [ $a = 0 ] && break 2; sleep 0.1; done
  done
done
[ "${WIPE:-1}" = 1 ] && rm -rf "$ROOT" || rm -f "$ROOT/pids"
