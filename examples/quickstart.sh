#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a clean clone to a model that talks in a browser: installs what is missing, builds the
# compiler, compiles a model and lets headless Chromium run it on WebGPU.
#   sh examples/quickstart.sh [MODEL_FOLDER [PROMPT]]
# The model is examples/models/pebble-2m, or a Hugging Face folder of your own (config.json,
# *.safetensors, tokenizer.json).
set -eu
model=$(cd "${1:-$(dirname "$0")/models/pebble-2m}" && pwd)
cd "$(dirname "$0")/.."

sh tests/install.sh
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release --target webllm-compile
bundle=build/quickstart/$(basename "$model")
build/release/webllm-compile "$model" -o "$bundle"
node examples/quickstart.mjs "$bundle" ${2:+"$2"}
