// SPDX-License-Identifier: Apache-2.0
// The files that every bundle shares, carried inside the binary so that `serve` needs no folder
// beside it: page.html, runtime.js, worker.js, runtime.wasm and grammar.wasm.
//
//   for (const runtime::files::File& file : runtime::files::embedded_files())
//     if (file.path == "runtime.js") send(file.bytes);
#pragma once

#include <span>
#include <string_view>

namespace runtime::files {

struct File {
  std::string_view path;  // relative, as a page asks for it: "runtime.js"
  std::span<const unsigned char> bytes;
};

std::span<const File> embedded_files();

}  // namespace runtime::files
