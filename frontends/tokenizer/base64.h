// SPDX-License-Identifier: Apache-2.0
// Decodes base64, the standard alphabet:  from_base64("IQ==") is "!".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace frontends {

// Nothing if `text` is not base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace frontends
