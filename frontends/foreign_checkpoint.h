// SPDX-License-Identifier: Apache-2.0
// Recognizes checkpoints that are not safetensors, so that the user learns what he has and what to
// do, instead of "no weights found".
//
//   pytorch_model.bin -> error: the weights are a PyTorch pickle (pytorch_model.bin), which can run
//                        code when it is read  [pickle-checkpoint]
#pragma once

#include <filesystem>
#include <optional>

#include "ir/support/diagnostic.h"

namespace frontends {

// The complaint about one file; nullopt if its name says nothing.
std::optional<ir::Diagnostic> foreign_weight_file(const std::filesystem::path& file);

// The complaint about the most telling file of a folder; nullopt if there is none.
std::optional<ir::Diagnostic> foreign_checkpoint(const std::filesystem::path& model_dir);

}  // namespace frontends
