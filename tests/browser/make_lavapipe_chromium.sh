#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a Chromium whose software WebGPU adapter is lavapipe (why: vulkan_stand_in.c):
#   make_lavapipe_chromium.sh CHROMIUM_FOLDER OUT_FOLDER
# CHROMIUM_FOLDER holds the real program. Nothing but that program is copied: Chromium looks for its
# files beside the program that runs, so the rest can be links.
set -eu
chromium=$1 out=$2
here=$(dirname "$0")

driver=$(ldconfig -p | sed -n 's/.*libvulkan_lvp.so.* => //p' | head -n 1)
[ -n "$driver" ] || driver=$(find /usr/lib -name libvulkan_lvp.so | head -n 1)
[ -n "$driver" ] || { echo "lavapipe (libvulkan_lvp.so) is not installed" >&2 && exit 1; }

rm -rf "$out"
mkdir -p "$out"
ln -s "$chromium"/* "$out/"
rm "$out/chromium" "$out/libvk_swiftshader.so" "$out/vk_swiftshader_icd.json"
cp --reflink=auto "$chromium/chromium" "$out/"
cc -shared -fPIC -O1 -Wall -Wextra -Wl,-z,defs -DDRIVER="\"$driver\"" \
  "$here/vulkan_stand_in.c" -o "$out/libvk_swiftshader.so"
# Without this version the Vulkan loader treats the driver as one of Vulkan 1.0, and hides much of it.
cat >"$out/vk_swiftshader_icd.json" <<'JSON'
{
  "file_format_version": "1.0.0",
  "ICD": {"library_path": "./libvk_swiftshader.so", "api_version": "1.3.0"}
}
JSON
