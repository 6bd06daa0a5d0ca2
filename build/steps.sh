# The steps that ./triptych and ./test share. Sourced, never run; $root is the checkout.
# Every longer step says what it does in one line on standard error and keeps its output in .build/*.log.

say() { printf '\033[2m· %s\033[0m\n' "$*" >&2; }

fail() {
  printf 'triptych: %s\n' "$*" >&2
  exit 1
}

# need_command COMMAND WHAT WHERE
need_command() {
  command -v "$1" >/dev/null 2>&1 || fail "$2 is needed ('$1' was not found): install it from $3"
}

# step DESCRIPTION LOGFILE COMMAND…: runs it quietly; on failure shows the end of its output.
step() {
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$what …"
  local began=$SECONDS
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "$what failed; all of its output is in ${log#"$root"/}"
  fi
  say "$what took $((SECONDS - began)) s"
}

# is_stale STAMP PATHS…: true when the stamp is missing, or a file below one of the paths (of those that exist) is newer, or files came or went.
is_stale() {
  local stamp=$1
  shift
  [ -e "$stamp" ] || return 0
  [ "$(sources_of "$@" | sort | cksum)" = "$(cat "$stamp")" ] || return 0
  [ -n "$(sources_of "$@" -newer "$stamp" | head -n 1)" ]
}

# sources_of PATHS… [-newer STAMP]: the files below the paths that are sources, not what builds leave beside them.
sources_of() {
  local path existing=() newer=()
  while [ $# -gt 0 ]; do
    if [ "$1" = -newer ]; then
      newer=(-newer "$2")
      shift
    elif [ -e "$root/$1" ]; then
      existing+=("$root/$1")
    fi
    shift
  done
  find "${existing[@]}" \( -name bin -o -name obj -o -name node_modules -o -name dist \) -prune -o -type f "${newer[@]}" -print
}

# What the stamps of the server and the UI depend on.
server_sources=(src Directory.Build.props Directory.Packages.props global.json build/steps.sh)
web_sources=(web/src web/public web/index.html web/package.json web/package-lock.json web/vite.config.ts)

# stamped STAMP PATHS… -- COMMAND…: runs the command; the stamp tells the state of the sources before it, so that edits made meanwhile are not missed.
stamped() {
  local stamp=$1 paths=()
  shift
  while [ "$1" != -- ]; do
    paths+=("$1")
    shift
  done
  shift
  mkdir -p "$(dirname "$stamp")"
  sources_of "${paths[@]}" | sort | cksum >"$stamp.new"
  "$@"
  mv "$stamp.new" "$stamp"
}

# install_packages PACKAGE…: Debian packages, as root; otherwise says which command to run.
install_packages() {
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    fail "missing: $*. Install with: sudo apt-get install -y $*"
  fi
  export DEBIAN_FRONTEND=noninteractive
  # Services that come with packages are not started: their ports are ours.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' RETURN
  fi
  step "installing $*" "$root/.build/apt.log" apt-get install -y --no-install-recommends "$@"
}

# has_library FILE: whether the loader finds a native library.
has_library() { ldconfig -p 2>/dev/null | grep -q "$1 " || [ -e "/usr/lib/$(uname -m)-linux-gnu/$1" ] || [ -e "/usr/lib/$1" ] || [ -e "/usr/lib64/$1" ]; }

# The native libraries that the server calls (docs/dependencies.md).
need_libraries() {
  local missing=()
  has_library libzstd.so.1 || missing+=(libzstd1)
  has_library libsnappy.so.1 || missing+=(libsnappy1v5)
  has_library libsqlite3.so.0 || missing+=(libsqlite3-0)
  [ ${#missing[@]} -eq 0 ] || install_debian "${missing[@]}"
}

# install_debian PACKAGE…: with a fresh list of packages first, for an old one names versions that are gone.
install_debian() {
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "reading the list of Debian packages" "$root/.build/apt-update.log" apt-get update
  fi
  install_packages "$@"
}

build_web() { stamped "$root/.build/web.stamp" "${web_sources[@]}" -- make_web; }

build_server() { stamped "$root/.build/server.stamp" "${server_sources[@]}" -- make_server; }

make_web() {
  if is_stale "$root/.build/npm.stamp" web/package.json web/package-lock.json || [ ! -d "$root/web/node_modules" ]; then
    stamped "$root/.build/npm.stamp" web/package.json web/package-lock.json -- \
      step "fetching the UI's packages" "$root/.build/npm.log" npm --prefix "$root/web" ci --no-audit --no-fund
  fi
  step "building the UI" "$root/.build/web.log" npm --prefix "$root/web" run build
}

make_server() {
  # Native start-up code (ReadyToRun) is what makes the server answer within a fraction of a second; elsewhere the JIT does it.
  local native=()
  [ "$(uname -m)" != x86_64 ] || native=(-r linux-x64 --no-self-contained -p:PublishReadyToRun=true)
  step "building the server" "$root/.build/server.log" dotnet publish "$root/src/Triptych.Server/Triptych.Server.csproj" \
    -c Release "${native[@]}" -p:RunAnalyzers=false -o "$root/.build/server" --nologo -v quiet
  ln -sfn ../../web/dist "$root/.build/server/ui"
}

# The program finds the runtime beside the dotnet command, wherever that was installed.
if [ -z "${DOTNET_ROOT:-}" ] && command -v dotnet >/dev/null 2>&1; then
  DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
  export DOTNET_ROOT
fi
