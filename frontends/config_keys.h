// SPDX-License-Identifier: Apache-2.0
// What becomes of each key of a Llama-like config.json: read, harmless, allowed with one value
// only, or never heard of.
//
//   "use_cache": true             harmless, no word
//   "partial_rotary_factor": 0.5  error: partial_rotary_factor is 0.5, but only 1 is implemented
//   "frobnicate": 3               warning: the key frobnicate is not known  [unknown-config-key]
#pragma once

#include <vector>

#include "frontends/json_file.h"
#include "ir/support/result.h"

namespace frontends {

// Checks all keys of the root object. Errors: quantized_checkpoint, unsupported_config.
ir::Result<void> check_config_keys(const JsonObject& config, std::vector<ir::Diagnostic>& warnings);

}  // namespace frontends
