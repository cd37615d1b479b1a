// SPDX-License-Identifier: Apache-2.0
// `webllm-compile compare bundle model-dir`: runs the bundle's kernels on the bundle's own weights
// in the kernel interpreter, beside the graph interpreter on the model's weights, and names the
// first node whose values differ by more than f32 arithmetic may explain.
//
//   webllm-compile compare stories260K-hf-q0f32 models/stories260K-hf --prompt "Once"
//   equal: 81920 values over 9 tokens; the largest difference is 3.1 % of its bound
//
// A bundle carries WGSL, which is not executed here: the model is compiled again, and must give the
// library (kernels and plans, by hash) that the bundle names.
#pragma once

#include "compiler/options.h"
#include "compiler/report.h"

namespace compiler {

// Errors: those of reading a bundle and of open_model; unsupported_bundle (this version compiles
// other kernels); kernel_fault; values_differ, after the report was printed.
ir::Result<void> compare(const Options& options);

}  // namespace compiler
