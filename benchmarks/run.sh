#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lists the benchmarks, or runs one:  sh benchmarks/run.sh [NAME [OPTIONS]]
set -eu
cd "$(dirname "$0")/.."

if [ $# = 0 ]; then
  for file in benchmarks/*.mjs; do
    [ ! -f "$file" ] || printf '%-16s %s\n' "$(basename "$file" .mjs)" "$(sed -n '2s|^// *||p' "$file")"
  done
  exit
fi

name=$1
shift
[ -f "benchmarks/$name.mjs" ] || {
  echo "no benchmark is called '$name'; sh benchmarks/run.sh lists them" >&2
  exit 2
}
{
  sh tests/install.sh
  [ ! -f ../shared/unpack-data ] || sh ../shared/unpack-data build
  cmake --preset release
  cmake --build --preset release --target webllm-compile lavapipe_chromium
} >&2 # standard output belongs to the benchmark
exec node "benchmarks/$name.mjs" "$@"
