#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building and testing needs and this machine lacks: Debian packages, then the npm
# packages of package-lock.json. Asks apt and npm only when something is missing.
set -eu
cd "$(dirname "$0")/.."

build='cmake ninja-build ccache g++ llvm-19-dev liblld-19-dev libfmt-dev nlohmann-json3-dev
  libeigen3-dev libcli11-dev libcpp-httplib-dev zlib1g-dev libssl-dev'
wasm='clang-19 lld-19 wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32
  libclang-rt-19-dev-wasm32 binaryen'
checks='git libgtest-dev clang-format-19 clang-tidy-19 libclang-rt-19-dev'
browser='chromium libvulkan1 libvulkan-dev'
texts='manpages manpages-dev manpages-ja manpages-ru manpages-zh iso-codes'
mesa_wanted=25 # the first lavapipe with shader-f16 that Dawn accepts

fail() {
  echo "install: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    command -v sudo >/dev/null || fail "needs root, or sudo, to run: $*"
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

mesa_is_new() { # VERSION
  dpkg --compare-versions "${1:-0}" ge "$mesa_wanted"
}

mesa_installed() { dpkg-query -W -f='${Version}' mesa-vulkan-drivers 2>/dev/null || true; }

mesa_candidate() { apt-cache policy mesa-vulkan-drivers | sed -n 's/^ *Candidate: //p'; }

# Prints an apt source for the backports of a release, from where the machine's own sources point.
backports_source() { # CODENAME
  for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$list" ] || { cat "$list" && echo; }
  done | awk -v release="$1" '
    BEGIN { RS = ""; FS = "\n" }  # one stanza at a time; the first that serves the release
    $0 ~ "(^|\n)Suites:[^\n]*[ \t]" release "([ \t\n]|$)" {
      for (i = 1; i <= NF; i++)
        if ($i !~ /^#/) print ($i ~ /^Suites:/) ? "Suites: " release "-backports" : $i
      exit
    }'
}

backports_line() { # CODENAME: the same from the one-line format
  sed -n "s/^\(deb .*\) $1 /\1 $1-backports /p" /etc/apt/sources.list | head -n 1
}

add_backports() { # CODENAME
  file=/etc/apt/sources.list.d/webllm-backports
  source=$(backports_source "$1")
  if [ -n "$source" ]; then
    echo "$source" | as_root tee "$file.sources" >/dev/null
  else
    backports_line "$1" | as_root tee "$file.list" >/dev/null
  fi
  as_root apt-get update -qq
}

install_debian() {
  command -v dpkg-query >/dev/null ||
    fail "knows Debian only; install the packages listed in tests/install.sh by hand"
  missing=
  for package in $build $wasm $checks $browser $texts; do
    installed "$package" || missing="$missing $package"
  done
  command -v node >/dev/null || missing="$missing nodejs"
  command -v npm >/dev/null || missing="$missing npm"
  mesa_is_new "$(mesa_installed)" || missing="$missing mesa-vulkan-drivers"
  [ -n "$missing" ] || return 0

  echo "install: Debian packages:$missing"
  as_root apt-get update -qq
  if ! mesa_is_new "$(mesa_installed)" && ! mesa_is_new "$(mesa_candidate)"; then
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    add_backports "$codename"
    missing=$(echo "$missing" | sed "s|mesa-vulkan-drivers|&/$codename-backports|")
  fi
  as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

install_npm() {
  command -v node >/dev/null && command -v npm >/dev/null || fail 'needs Node.js 20 and npm'
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ||
    fail "needs Node.js 20 or newer, found $(node --version)"
  if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "install: npm packages"
    npm ci --silent
  fi
}

install_debian
install_npm
