// SPDX-License-Identifier: Apache-2.0
// Chooses the next token from a row of logits, with OpenAI's parameters and the usual extensions.
//
//   Sampler sampler(tokens, {.temperature = 0.7F, .top_p = 0.9F, .seed = 1});
//   sampler.accept_prompt(prompt_ids);
//   const Sample sample = sampler.sample(logits, grammar_mask);
//   sampler.accept(sample.token);
//
// The order of what happens to a row:
//
//    1. log probabilities are taken, from the logits as the model gave them
//    2. the mask of the grammar, banned tokens, stop tokens before min_tokens
//    3. logit_bias is added
//    4. penalties: repetition (prompt and output), then frequency and presence (output)
//    5. DRY: against repeating whole sequences
//    6. temperature; 0 takes the most likely token here, of equals the one of lowest id
//    7. top_n_sigma, typical_p       what is left is normalized again after each of 7 to 11
//    8. min_p
//    9. top_k
//   10. top_p
//   11. XTC
//   12. the draw, by a random number that only seed, choice and step determine
//
// The grammar always wins: where bans or min_tokens would leave nothing of its mask, they do not
// count, and no bias takes the last token away. A logit that is no number counts as minus infinity
// and is reported. Rows may be longer than the vocabulary; the padding is never chosen.
//
// From the temperature on the arithmetic is that of runtime/host/likelihood.h, which kernels do
// alike. No step sorts the vocabulary: thresholds and selection only, linear in the number of
// tokens. Once the first tokens are chosen, nothing is allocated.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/host/logit_selection.h"

namespace runtime::host {

struct SamplerSettings {
  float temperature = 1;
  float top_p = 1;
  float min_p = 0;
  float typical_p = 1;
  float top_n_sigma = 0;    // 0: off
  std::uint32_t top_k = 0;  // 0: off
  float repetition_penalty = 1;
  float frequency_penalty = 0;
  float presence_penalty = 0;
  float dry_multiplier = 0;  // 0: off
  float dry_base = 1.75F;
  std::uint32_t dry_allowed_length = 2;
  std::uint32_t dry_range = 0;  // tokens that are looked back at; 0: all
  float xtc_probability = 0;
  float xtc_threshold = 0.1F;      // above 0.5: off
  std::uint32_t min_tokens = 0;    // of output before a stop token may come
  std::int32_t top_logprobs = -1;  // 0 to 20: how many beside the chosen one's; -1: none at all
  std::uint64_t seed = 0;
  std::uint32_t choice = 0;  // of `n`
};

struct TokenLogprob {
  std::uint32_t token = 0;
  float logprob = 0;
};

struct Sample {
  enum class Fault : std::uint8_t { none, not_a_number, nothing_allowed };
  std::uint32_t token = 0;
  float logprob = 0;  // if settings.top_logprobs >= 0
  // not_a_number: some logit was; nothing_allowed: no allowed token had a finite logit, and the
  // lowest allowed one was taken (0 if the mask is empty).
  Fault fault = Fault::none;
};

class Sampler {
 public:
  static constexpr std::int32_t kMaxTopLogprobs = 20;

  struct Bias {
    std::uint32_t token = 0;
    float bias = 0;
  };
  // Each names tokens; those outside of the vocabulary do not matter.
  struct Lists {
    std::vector<Bias> bias;
    std::vector<std::uint32_t> never;     // ids without token
    std::vector<std::uint32_t> banned;    // unless nothing else is allowed
    std::vector<std::uint32_t> stops;     // that end the output: not before min_tokens
    std::vector<std::uint32_t> breakers;  // over which DRY sees no repetition
  };

  Sampler(std::uint32_t tokens, const SamplerSettings& settings, Lists lists = {});

  // What was there before the output, and each token of the output, chosen here or not.
  void accept_prompt(std::span<const std::uint32_t> tokens);
  void accept(std::uint32_t token);

  // `mask`: one bit for each token, the lowest first; empty: all are allowed.
  Sample sample(std::span<const float> logits, std::span<const std::uint32_t> mask = {});

  // Of the last sample: the most likely tokens, settings.top_logprobs of them, the likeliest first.
  std::span<const TokenLogprob> top_logprobs() const { return top_logprobs_; }

  // For kernels that draw in its place (runtime/formats/draw_layout.h), which know neither DRY,
  // XTC, typical_p nor top_n_sigma. All that a sequence begins with, up to the last part that has a
  // flag; `mask` is that of the next output.
  std::span<const std::uint32_t> draw_state(std::span<const std::uint32_t> mask = {});
  // One bit for each token that may be the output after so many others.
  std::span<const std::uint32_t> allowed(std::uint64_t output,
                                         std::span<const std::uint32_t> mask = {});

 private:
  using Bits = std::vector<std::uint32_t>;

  void take_logprobs(std::span<const float> logits);
  bool copy_allowed(std::span<const float> logits);
  void count(std::uint32_t token, std::uint32_t of_output);
  void penalize();
  void penalize_sequences();
  std::uint32_t lowest_allowed() const;
  std::uint32_t draw();

  std::uint32_t tokens_;
  SamplerSettings settings_;
  Lists lists_;
  Bits base_;        // all tokens but `never`
  Bits not_banned_;  // base_ without `banned`
  Bits allowed_;     // in this step

  std::vector<std::uint32_t> history_;    // prompt and output, for DRY
  std::uint32_t prompt_ = 0;              // tokens before the output
  std::uint64_t output_ = 0;              // tokens of output
  std::vector<std::uint32_t> counts_;     // by token: in the output, twice; and 1 if it is in seen_
  std::vector<std::uint32_t> seen_;       // the tokens of prompt and output, each once
  std::vector<std::uint32_t> matches_;    // for DRY: by distance from the end of the history
  std::vector<std::uint32_t> repeats_;    // for DRY: by token
  std::vector<std::uint32_t> breaks_at_;  // bits of `breakers`

  std::vector<std::uint32_t> draw_state_;
  std::vector<float> logits_;  // minus infinity: not allowed
  LogitSelection selection_;
  std::vector<TokenLogprob> top_logprobs_;
  float log_total_ = 0;  // of the row: its log-sum-exp
};

}  // namespace runtime::host
