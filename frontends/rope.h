// SPDX-License-Identifier: Apache-2.0
// Rotary position embeddings as config.json describes them, old style or new:
//
//   "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, ...}
//   "rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0, ...}
#pragma once

#include <vector>

#include "frontends/json_file.h"
#include "frontends/model_config.h"
#include "ir/support/result.h"

namespace frontends {

// Errors: unsupported_config (yarn, longrope, dynamic ...), bad_config_value, missing_config_key.
ir::Result<RopeConfig> read_rope(const JsonObject& config, std::vector<ir::Diagnostic>& warnings);

}  // namespace frontends
