// SPDX-License-Identifier: Apache-2.0
// The story of a compilation, from a model folder to a bundle.
//
//   webllm-compile models/stories260K-hf        ->  stories260K-hf-q4f16_1/
//   webllm-compile tiny.graph --weights models/tiny
//   webllm-compile rms_norm.kernel              ->  WGSL on stdout
#pragma once

#include "compiler/options.h"
#include "ir/support/result.h"

namespace compiler {

// Errors: those of open_model, of each part of codegen, output_exists, interrupted, bad_usage.
ir::Result<void> compile(const Options& options);

}  // namespace compiler
