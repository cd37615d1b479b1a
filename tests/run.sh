#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds everything and runs all tests:
#   sh tests/run.sh [CTEST OPTIONS, such as -R codegen]
# Leaves the binary at build/release/webllm-compile.
set -eu
cd "$(dirname "$0")/.."

sh tests/install.sh
[ ! -f ../shared/unpack-data ] || sh ../shared/unpack-data build
cmake --preset release >/dev/null
cmake --build --preset release

results=build/release/tests/results
rm -rf "$results"
mkdir -p "$results"
ctest --test-dir build/release --output-on-failure -j2 --output-junit tests/results/ctest.xml "$@" ||
  echo "ctest: some programs failed" # what failed is counted below
node tests/support/summary.mjs "$results/ctest.xml" "$results"
