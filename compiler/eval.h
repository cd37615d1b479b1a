// SPDX-License-Identifier: Apache-2.0
// `webllm-compile eval model-dir`: continues a prompt greedily on the CPU. With --engine graph it
// is the truth that every other way to run the model is compared with; with --engine kernels it
// runs what a browser would run, in the kernel interpreter.
//
//   webllm-compile eval models/stories260K-hf --prompt "" --max-tokens 5 --json
//   {"prompt_ids":[1],"ids":[403,407,261,378,432],"text":"Once upon a time,"}
#pragma once

#include "compiler/model.h"
#include "compiler/options.h"
#include "compiler/text_codec.h"

namespace compiler {

// Errors: those of open_model; bad_usage (a prompt that is too long or holds no such token).
ir::Result<void> eval(const Options& options);

// The prompt of the command line as ids: --prompt-ids as they are, else --prompt tokenized; an
// empty prompt is the BOS token alone.
ir::Result<std::vector<std::uint32_t>> prompt_ids(const Options& options, const Model& model,
                                                  const std::optional<TextCodec>& codec);

}  // namespace compiler
