# Newer releases of the programs that the tests compare with than this system has. Sourced by ./test, never run; needs build/steps.sh.

# newest_prometheus: sets TRIPTYCH_TEST_PROMETHEUS to the prometheus, and TRIPTYCH_TEST_PROMTOOL to the promtool, of Debian's newest suite that runs here, which are
# unpacked beside this system and not installed. apt itself finds it, in folders of its own, from the mirrors that this system uses, and checks the signature of its list and the sum of the package.
# Where that cannot be, the tests take the installed one, and say what they leave out.
newest_prometheus() {
  [ -z "${TRIPTYCH_TEST_PROMETHEUS:-}" ] || return 0
  command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 0
  local cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/triptych-tests suite
  for suite in unstable testing; do
    local folder="$cache/prometheus-$suite"
    local program="$folder/usr/bin/prometheus"
    [ -x "$program" ] && [ -x "$folder/usr/bin/promtool" ] || unpack_prometheus "$suite" "$folder" >"$root/.build/prometheus-$suite.log" 2>&1 || continue
    if "$program" --version >/dev/null 2>&1; then
      export TRIPTYCH_TEST_PROMETHEUS=$program TRIPTYCH_TEST_PROMTOOL=$folder/usr/bin/promtool
      say "comparing with $("$program" --version 2>&1 | head -n 1 | cut -d' ' -f1-3) of Debian $suite"
      return 0
    fi
  done
  say "no newer prometheus than the installed one can be had (.build/prometheus-*.log): constructs newer than that are not compared"
}

# unpack_prometheus SUITE FOLDER
unpack_prometheus() {
  local suite=$1 folder=$2 state keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror
  [ -r "$keyring" ] || { echo "no $keyring"; return 1; }
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  [ -n "$mirror" ] || { echo "no mirror of Debian is known to apt"; return 1; }
  mkdir -p "$(dirname "$folder")"
  state=$(mktemp -d "$folder.XXXXXX") || return 1
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/parts" "$state/unpacked"
  : >"$state/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$mirror" "$suite" "$keyring" >"$state/peer.sources"
  local options=(-q -o "Dir::Etc::SourceList=$state/peer.sources" -o "Dir::Etc::SourceParts=$state/parts" -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists"
    -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  local done=1
  if apt-get "${options[@]}" update && (cd "$state" && apt-get "${options[@]}" download prometheus promtool) \
    && dpkg-deb -x "$state"/prometheus_*.deb "$state/unpacked" && dpkg-deb -x "$state"/promtool_*.deb "$state/unpacked"; then
    rm -rf "$folder"
    mv "$state/unpacked" "$folder" && done=0
  fi
  rm -rf "$state"
  return "$done"
}
