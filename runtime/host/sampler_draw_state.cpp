// SPDX-License-Identifier: Apache-2.0
// What a sampler knows, as kernels read it.
#include <algorithm>
#include <bit>

#include "runtime/formats/draw_layout.h"
#include "runtime/host/likelihood.h"
#include "runtime/host/sampler.h"

namespace runtime::host {

using formats::DrawWord;

namespace {

bool has_penalties(const SamplerSettings& settings) {
  return settings.repetition_penalty != 1 || settings.frequency_penalty != 0 ||
         settings.presence_penalty != 0;
}

void write_settings(const SamplerSettings& settings, std::span<std::uint32_t> words) {
  const auto set = [&](DrawWord word, std::uint32_t value) {
    words[static_cast<std::size_t>(word)] = value;
  };
  const auto set_real = [&](DrawWord word, float value) {
    set(word, std::bit_cast<std::uint32_t>(value));
  };
  const bool draws = settings.temperature > 0;
  set_real(DrawWord::scale, draws ? distance_scale(settings.temperature) : 0);
  set_real(DrawWord::repetition, settings.repetition_penalty);
  set_real(DrawWord::inverse_repetition, 1 / settings.repetition_penalty);
  set_real(DrawWord::frequency, settings.frequency_penalty);
  set_real(DrawWord::presence, settings.presence_penalty);
  set(DrawWord::top_k, settings.top_k);
  set(DrawWord::top_p, settings.top_p < 1 ? share_units(settings.top_p) : 0);
  set(DrawWord::limit, limit_of_share(settings.min_p));
  set(DrawWord::seed_low, static_cast<std::uint32_t>(settings.seed));
  set(DrawWord::seed_high, static_cast<std::uint32_t>(settings.seed >> 32));
  set(DrawWord::choice, settings.choice);
}

}  // namespace

std::span<const std::uint32_t> Sampler::draw_state(std::span<const std::uint32_t> mask) {
  const formats::DrawLayout layout = formats::make_draw_layout(tokens_);
  draw_state_.assign(layout.sequence_words, 0);
  const std::span<std::uint32_t> words(draw_state_);
  write_settings(settings_, words);
  words[static_cast<std::size_t>(DrawWord::prompt_tokens)] = prompt_;
  std::ranges::copy(allowed(output_, mask), words.begin() + layout.allowed);
  std::ranges::copy(counts_, words.begin() + layout.counts);
  for (const Bias& bias : lists_.bias) {
    std::uint32_t& word = words[layout.biases + bias.token];
    word = std::bit_cast<std::uint32_t>(std::bit_cast<float>(word) + bias.bias);
  }
  std::uint32_t& flags = words[static_cast<std::size_t>(DrawWord::flags)];
  flags = formats::kDrawMasked;
  if (!(settings_.temperature > 0)) flags |= formats::kDrawMostLikely;
  if (has_penalties(settings_)) flags |= formats::kDrawPenalized;
  if (!lists_.bias.empty()) flags |= formats::kDrawBiased;
  if (!lists_.bias.empty()) return words;
  return words.first(has_penalties(settings_) ? layout.biases : layout.counts);
}

}  // namespace runtime::host
