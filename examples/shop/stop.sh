#!/usr/bin/env bash
# Stops what start.sh has started; a second call does nothing. The log files stay.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${SHOP_RUN:-$here/.run}
export PM2_HOME="$run/pm2" PM2_DISABLE_VERSION_CHECK=true

if [ -e "$PM2_HOME/pm2.pid" ]; then
  "$here/node_modules/.bin/pm2" kill >"$run/pm2-stop.log" 2>&1 || printf 'shop: PM2 did not stop, see %s\n' "$run/pm2-stop.log" >&2
fi
if [ -e "$run/postgres" ]; then
  database=$(cat "$run/postgres")
  if [ -s "$database/data/postmaster.pid" ]; then
    # SIGQUIT: nothing of it is kept.
    kill -QUIT "$(head -n 1 "$database/data/postmaster.pid")"
    for _ in $(seq 1 50); do
      [ -e "$database/data/postmaster.pid" ] || break
      sleep 0.1
    done
  fi
  case "$database" in
    */shop-??????) rm -rf "$database" ;;
  esac
  rm -f "$run/postgres"
fi
