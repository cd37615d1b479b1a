// SPDX-License-Identifier: Apache-2.0
// `webllm-compile check bundle [--against model-dir]`: whether every file has the bytes that were
// written, every tensor the place and size that it should have; and, beside the model, whether the
// weights are the model's, with the error of each tensor.
//
//   webllm-compile check tiny-q4f16_1 --against models/tiny
//   bundle          tiny-q4f16_1
//   files           5 with the right hashes, 300 kB
//   tensors         11 in place
//   against         models/tiny: 11 as they are encoded today, the largest relative error is 8.6 %
#pragma once

#include "compiler/options.h"
#include "ir/support/result.h"

namespace compiler {

// Errors: those of reading a bundle, check_layout and open_model; unsupported_bundle (the tensors
// are none that this version makes of the model); values_differ, after the report was printed: a
// tensor of this very version has other bytes than the model gives, or one of another version is no
// closer to the model than zeros are.
ir::Result<void> check(const Options& options);

}  // namespace compiler
