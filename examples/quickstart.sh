#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a clean clone to a model that talks in a browser: installs what is missing, builds the
# compiler, compiles a model and lets headless Chromium run it on WebGPU.
#   sh examples/quickstart.sh [MODEL_FOLDER [PROMPT]]
set -eu
start=$(pwd)
cd "$(dirname "$0")/.."
model=build/data/models/stories260K-hf

sh tests/install.sh
if [ $# -gt 0 ]; then
  model=$(cd "$start" && cd "$1" && pwd)
elif [ -f ../shared/unpack-data ]; then
  sh ../shared/unpack-data build
fi
[ -f "$model/config.json" ] || {
  echo "No model at $model. Name the folder of a Hugging Face model (config.json, *.safetensors,
tokenizer.json):  sh examples/quickstart.sh MODEL_FOLDER" >&2
  exit 1
}

[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release --target webllm-compile
bundle=build/quickstart/$(basename "$model")
build/release/webllm-compile "$model" -o "$bundle"
node examples/quickstart.mjs "$bundle" "${2:-Once upon a time}"
