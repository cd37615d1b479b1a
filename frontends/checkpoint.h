// SPDX-License-Identifier: Apache-2.0
// The weights of a model folder, whatever files hold them.
//
//   model.safetensors                         one file
//   model.safetensors.index.json              shards, all checked against the index
//   anything.safetensors                      if it is the only one
//
// Checkpoints in other formats (pickle, GGUF, ONNX ...) are refused by name, with the remedy.
#pragma once

#include <filesystem>
#include <memory>

#include "ir/support/result.h"
#include "ir/support/tensor_source.h"

namespace frontends {

// `model_dir` holds the weight files, or links to them. Errors: those of SafetensorsFile::open,
// missing_weights, index_mismatch, ambiguous_checkpoint, pickle_checkpoint, unsupported_checkpoint.
ir::Result<std::unique_ptr<ir::TensorSource>> open_checkpoint(
    const std::filesystem::path& model_dir);

}  // namespace frontends
