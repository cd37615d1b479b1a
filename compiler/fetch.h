// SPDX-License-Identifier: Apache-2.0
// fetch("http://localhost:8080/bundle/model.json"): what a server answers, up to 64 MB.
#pragma once

#include <string>

#include "ir/support/result.h"

namespace compiler {

// Follows redirects. Errors: file_unreadable (no server, no such page), file_too_large.
ir::Result<std::string> fetch(const std::string& address);

}  // namespace compiler
