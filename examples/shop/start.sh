#!/usr/bin/env bash
# Starts the shop: a PostgreSQL server of its own (reached by a Unix socket only) and the three services under PM2.
# All of it lives in SHOP_RUN (default: .run beside this script), so that neither ~/.pm2 nor another database is touched.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${SHOP_RUN:-$here/.run}
gateway_port=${SHOP_GATEWAY_PORT:-8100}
export PM2_HOME="$run/pm2" PM2_DISABLE_VERSION_CHECK=true

say() { printf '· %s\n' "$*" >&2; }
fail() { printf 'shop: %s\n' "$*" >&2; exit 1; }

mkdir -p "$run"
[ ! -e "$run/postgres" ] || fail "it runs already, or was not stopped: $here/stop.sh"
if [ ! -d "$here/node_modules/pm2" ]; then
  say "fetching the shop's packages …"
  npm --prefix "$here" ci --no-audit --no-fund >"$run/npm.log" 2>&1 || fail "npm ci failed, see $run/npm.log"
fi
pg_bin=$(find /usr/lib/postgresql /usr/pgsql-* /opt/homebrew/opt/postgresql* -maxdepth 3 -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$pg_bin" ] || pg_bin=$(dirname "$(command -v initdb || echo /missing/initdb)")
[ -x "$pg_bin/initdb" ] || fail "PostgreSQL's server is missing; install it with: sudo apt-get install -y postgresql"

# PostgreSQL refuses to run as root, and the path of a socket may have 107 bytes: hence a short folder of the user it runs as.
as=()
database=$(mktemp -d "${TMPDIR:-/tmp}/shop-XXXXXX")
if [ "$(id -u)" -eq 0 ]; then
  id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
  chown postgres "$database"
  as=(runuser -u postgres --)
fi
echo "$database" >"$run/postgres"

say "starting PostgreSQL …"
(
  cd "$database"
  "${as[@]}" "$pg_bin/initdb" -D "$database/data" -U shop --auth=trust --encoding=UTF8 --no-locale --no-sync
  "${as[@]}" "$pg_bin/pg_ctl" -D "$database/data" -l "$database/server.log" -w -t 30 \
    -o "-c listen_addresses='' -c unix_socket_directories='$database' -c fsync=off" start
) >"$run/postgres.log" 2>&1 || fail "PostgreSQL did not start, see $run/postgres.log and $database/server.log"

say "starting gateway, orders and stock under PM2 …"
export PGHOST="$database" PGUSER=shop PGDATABASE=postgres
"$here/node_modules/.bin/pm2" start "$here/ecosystem.config.cjs" >"$run/pm2.log" 2>&1 || fail "PM2 did not start, see $run/pm2.log"

for _ in $(seq 1 150); do
  if curl -fsS -m 2 "http://127.0.0.1:$gateway_port/products" >/dev/null 2>&1; then
    say "the shop is open: http://127.0.0.1:$gateway_port/products; its logs are in $PM2_HOME/logs"
    exit 0
  fi
  sleep 0.2
done
fail "the gateway did not answer within 30 s on port $gateway_port, see $PM2_HOME/logs"
