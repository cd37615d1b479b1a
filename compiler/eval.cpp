// SPDX-License-Identifier: Apache-2.0
#include "compiler/eval.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "compiler/generator.h"
#include "compiler/kernel_session.h"
#include "compiler/output.h"
#include "compiler/pass_runner.h"
#include "compiler/report.h"
#include "passes/graph/quantize_weights.h"

namespace compiler {
namespace {

ir::Diagnostic bad_usage(std::string message, std::string help) {
  return {.kind = ir::DiagnosticKind::bad_usage,
          .message = std::move(message),
          .help = std::move(help)};
}

using runtime::host::SlidingWindow;

ir::Result<SlidingWindow> window_of(const Options& options, const Model& model) {
  if (options.sliding_window == 0) return SlidingWindow{};
  const auto window = SlidingWindow::of(options.sliding_window, options.attention_sink);
  if (!window.is_valid() || window.tokens == 0)
    return bad_usage(fmt::format("a window of {} tokens has no room beside a sink of {}",
                                 options.sliding_window, options.attention_sink),
                     "both are whole pages of 64 tokens, and two pages must slide");
  if (window.tokens > model.context)
    return bad_usage(fmt::format("a window of {} tokens is more than the context of {}",
                                 window.tokens, model.context),
                     "give a smaller --sliding-window");
  return window;
}

// The prompt must consist of tokens of the model and leave room for at least one more.
ir::Result<void> check_prompt(const std::vector<std::uint32_t>& ids, const Options& options,
                              const Model& model) {
  for (const std::uint32_t id : ids)
    if (id >= model.folder.config.vocab_size)
      return bad_usage(fmt::format("token id {} is outside the vocabulary of {}", id,
                                   model.folder.config.vocab_size),
                       "ids count from 0");
  if (ids.size() > model.context && options.sliding_window == 0)
    return bad_usage(
        fmt::format("the prompt has {} tokens, the context {}", ids.size(), model.context),
        "shorten the prompt, raise --context if it was given, or give --sliding-window");
  return {};
}

std::uint32_t room_for(const Options& options, const Model& model, std::size_t prompt) {
  if (options.sliding_window != 0) return options.max_tokens;
  // The last new token is never fed back: it needs no position.
  const auto room = static_cast<std::uint32_t>(model.context - prompt + 1);
  return std::min(options.max_tokens, room);
}

void print_text(const EvalReport& report) {
  if (report.text) say(stdout, "{}\n", *report.text);
  if (!report.text) say(stdout, "{}\n", fmt::join(report.ids, " "));
  if (report.logits) say(stdout, "{}\n", fmt::join(*report.logits, " "));
}

ir::Result<Generated> generate_with(const Options& options, Model& model,
                                    std::span<const std::uint32_t> prompt,
                                    const GenerateLimits& limits) {
  TRY(const SlidingWindow window, window_of(options, model));
  if (options.engine == Engine::kernels) {
    TRY(const Compilation compiled, compile_in_memory(model, *options.quantization));
    TRY(const auto session,
        KernelSession::open(
            *compiled.program, encoded_weights(compiled.graph, *model.folder.weights),
            {.vocabulary = static_cast<std::uint32_t>(model.folder.config.vocab_size),
             .window = window}));
    return generate(*session, prompt, limits, options.logits);
  }
  passes::quantize_weights(model.graph, {options.quantization->matrices, model.exceptions});
  ir::graph::WeightValues weights(model.graph, *model.folder.weights);
  const auto generator = make_reference_generator(model.graph, weights, window);
  return generate(*generator, prompt, limits, options.logits);
}

}  // namespace

ir::Result<std::vector<std::uint32_t>> prompt_ids(const Options& options, const Model& model,
                                                  const std::optional<TextCodec>& codec) {
  std::vector<std::uint32_t> ids = options.prompt_ids;
  if (ids.empty() && options.prompt.empty()) {
    const auto bos = bos_id(model.folder);
    if (!bos)
      return bad_usage("the prompt is empty, and the model has no BOS token to begin with",
                       "give --prompt or --prompt-ids");
    ids = {*bos};
  } else if (ids.empty()) {
    if (!codec)
      return bad_usage("the model folder has no tokenizer to read --prompt with",
                       "give the prompt as --prompt-ids");
    ids = codec->encode(options.prompt);
  }
  TRY_DO(check_prompt(ids, options, model));
  return ids;
}

ir::Result<void> eval(const Options& options) {
  TRY(Model model, open_model(options.input, options.context));
  TRY_DO(use_weight_rules(model, options.weight_rules));
  TRY(const std::optional<TextCodec> codec, TextCodec::of_model(model.folder.path));
  TRY(const std::vector<std::uint32_t> prompt, prompt_ids(options, model, codec));
  GenerateLimits limits{.chunk = options.chunk,
                        .max_tokens = room_for(options, model, prompt.size())};
  if (!options.ignore_eos) limits.stop_ids = eos_ids(model.folder);
  TRY(Generated generated, generate_with(options, model, prompt, limits));

  EvalReport report{.prompt_ids = prompt, .ids = std::move(generated.ids)};
  if (codec) report.text = codec->continuation(report.prompt_ids, report.ids);
  if (options.logits) report.logits = std::move(generated.prompt_logits);
  if (options.json) write_text(stdout, to_json(report));
  if (!options.json) print_text(report);
  return {};
}

}  // namespace compiler
