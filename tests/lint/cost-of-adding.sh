#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What it costs to add a pass, a composite op, an architecture: applies the three patches beside
# this file to a copy of the tree, builds it, runs the tests that go by lists, and prints how many
# files each patch touches:
#   sh tests/lint/cost-of-adding.sh
set -eu
cd "$(dirname "$0")/../.."

tree=build/cost-of-adding
patches=$PWD/tests/lint/cost-of-adding
mkdir -p "$tree"
find "$tree" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} + # what was built there stays
git ls-files -z --cached --others --exclude-standard |
  tar --null -T - --ignore-failed-read -cf - | tar -C "$tree" -xf -

node tests/lint/cost_of_adding.mjs # the counts, against what is allowed
cd "$tree"
export GIT_CEILING_DIRECTORIES="${PWD%/*}" # the copy belongs to no repository
git apply "$patches"/*.patch
cmake --preset release >/dev/null
cmake --build --preset release --target webllm-compile tests_ir tests_passes tests_diagnostics >&2

# Goldens are written by --update and WEBLLM_UPDATE, were they not part of the patches.
build/release/tests/tests_ir --gtest_brief=1
build/release/tests/tests_passes --gtest_brief=1
build/release/tests/tests_diagnostics --gtest_brief=1
build/release/webllm-compile --passes list | grep fold-negations
