// SPDX-License-Identifier: Apache-2.0
// `webllm-compile inspect path`: what a model folder or a bundle holds, checked, and what it needs.
//
//   webllm-compile inspect models/stories260K-hf
//   model           stories260K-hf
//   architecture    LlamaForCausalLM
//   parameters      260 K (260032)
//   ...
#pragma once

#include "compiler/options.h"
#include "compiler/report.h"

namespace compiler {

// Errors: those of inspect_model or, where model.json lies in the folder, of inspect_bundle.
ir::Result<void> inspect(const Options& options);

// Errors: those of open_model.
ir::Result<ModelReport> inspect_model(const Options& options);
// Errors: those of reading a bundle.
ir::Result<BundleReport> inspect_bundle(const Options& options);

}  // namespace compiler
