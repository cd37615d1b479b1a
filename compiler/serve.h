// SPDX-License-Identifier: Apache-2.0
// `webllm-compile serve bundle`: a static server on loopback for trying a bundle in a browser.
//
//   http://127.0.0.1:8080/                   the page and runtime embedded in the binary
//   http://127.0.0.1:8080/bundle/model.json  the files of the bundle, with byte ranges
//
// Only this machine can connect; any page on it may read (CORS), since a bundle holds no secret.
#pragma once

#include <filesystem>
#include <string_view>

#include "compiler/options.h"
#include "ir/support/result.h"

namespace compiler {

// Runs until the user stops it, which is its ordinary end. Errors: file_not_found (no bundle
// there), bad_usage (the port is taken).
ir::Result<void> serve(const Options& options);

// By extension; application/octet-stream for what is not known.
std::string_view mime_type(const std::filesystem::path& path);

}  // namespace compiler
