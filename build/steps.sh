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

# is_stale STAMP PATHS…: true when the stamp is missing or older than a file below one of the paths (of those that exist).
is_stale() {
  local stamp=$1
  shift
  [ -e "$stamp" ] || return 0
  local path existing=()
  for path in "$@"; do [ ! -e "$root/$path" ] || existing+=("$root/$path"); done
  [ -n "$(find "${existing[@]}" \( -name bin -o -name obj -o -name node_modules \) -prune -o -newer "$stamp" -print -quit)" ]
}

# install_packages PACKAGE…: Debian packages, as root; otherwise says which command to run.
install_packages() {
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    fail "missing: $*. Install with: sudo apt-get install -y $*"
  fi
  export DEBIAN_FRONTEND=noninteractive
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

# install_debian PACKAGE…: with a fresh package list first where there is none.
install_debian() {
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 && ! apt-cache show "$1" >/dev/null 2>&1; then
    step "reading the list of Debian packages" "$root/.build/apt-update.log" apt-get update
  fi
  install_packages "$@"
}

build_web() {
  if is_stale "$root/.build/npm.stamp" web/package.json web/package-lock.json || [ ! -d "$root/web/node_modules" ]; then
    step "fetching the UI's packages" "$root/.build/npm.log" npm --prefix "$root/web" ci --no-audit --no-fund
    touch "$root/.build/npm.stamp"
  fi
  step "building the UI" "$root/.build/web.log" npm --prefix "$root/web" run build
  touch "$root/.build/web.stamp"
}

build_server() {
  # Native start-up code (ReadyToRun) is what makes the server answer within a fraction of a second; elsewhere the JIT does it.
  local native=()
  [ "$(uname -m)" != x86_64 ] || native=(-r linux-x64 --no-self-contained -p:PublishReadyToRun=true)
  mkdir -p "$root/.build"
  local stamp="$root/.build/server.stamp.new"
  touch "$stamp"
  step "building the server" "$root/.build/server.log" dotnet publish "$root/src/Triptych.Server/Triptych.Server.csproj" \
    -c Release "${native[@]}" -p:RunAnalyzers=false -o "$root/.build/server" --nologo -v quiet
  ln -sfn ../../web/dist "$root/.build/server/ui"
  mv "$stamp" "$root/.build/server.stamp"
}
