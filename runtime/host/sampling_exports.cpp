// SPDX-License-Identifier: Apache-2.0
// The functions of runtime.wasm that choose tokens and end texts; exports.cpp says how numbers and
// memory are passed.
//
//   sampler_new(tokenizer, tokens, settings) -> handle
//     tokenizer: absent ids of it are never chosen; 0: there is none
//     settings: f64[20], the fields of SamplerSettings in their order, with the seed as two numbers
//     of 32 bits, the lower first
//   sampler_bias(handle, ids, biases, count)   these four before the first accept or sample;
//                                              biases: f32[], added to the logits of the ids
//   sampler_ban(handle, ids, count)            not chosen if anything else is allowed
//   sampler_stops(handle, ids, count)          stop tokens: not chosen before min_tokens
//   sampler_break_at(handle, text, bytes)      DRY sees no repetition over tokens with this text
//   sampler_accept(handle, ids, count, output) 1: of the output  0: of what came before it
//   sampler_sample(handle, logits, count, mask, mask_words) -> ptr
//     logits: f32[]; mask: u32[], one bit for each token; no words: all are allowed
//     the result: u32 token, u32 Sample::Fault, f32 logprob, u32 n, then n times u32 token,
//     f32 logprob: the most likely ones
//   sampler_draw_state(handle, mask, mask_words) -> ptr
//     u32 n, then n words: what a sequence begins with where kernels draw its tokens
//     (runtime/formats/draw_layout.h)
//   sampler_allowed(handle, output, mask, mask_words) -> ptr
//     the same for the bits that are allowed for the output after so many others
//   sampler_free(handle)
//
//   stops_new() -> handle
//   stops_add(handle, text, bytes)             before the first push
//   stops_push(handle, text, bytes) -> bytes   of text that became certain
//   stops_flush(handle) -> bytes               the end of the stream
//   stops_text(handle) -> ptr                  of the last push or flush
//   stops_found(handle) -> index               of the stop string; kFailed: none has been found
//   stops_free(handle)
#ifdef __wasm__

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/host/exports.h"
#include "runtime/host/sampler.h"
#include "runtime/host/stop_strings.h"

namespace {

using namespace runtime::host;  // NOLINT: what is exported

void append(std::vector<std::uint32_t>& list, const std::uint32_t* ids, std::size_t count) {
  list.insert(list.end(), ids, ids + count);
}

struct OpenSampler {
  const OpenTokenizer* tokenizer;
  std::uint32_t tokens;
  SamplerSettings settings;
  Sampler::Lists lists;
  std::optional<Sampler> sampler;
  struct {
    std::uint32_t token;
    std::uint32_t fault;
    float logprob;
    std::uint32_t count;
    TokenLogprob top[Sampler::kMaxTopLogprobs];
  } result;

  std::vector<std::uint32_t> words;

  // The words, and how many they are before them.
  const void* counted(std::span<const std::uint32_t> list) {
    words.assign(1, static_cast<std::uint32_t>(list.size()));
    append(words, list.data(), list.size());
    return words.data();
  }

  Sampler& ready() {
    if (!sampler) sampler.emplace(tokens, settings, std::move(lists));
    return *sampler;
  }
};

struct OpenStops {
  std::vector<std::string> strings;
  std::optional<StopStrings> stops;
  std::string text;

  StopStrings& ready() {
    if (!stops) stops.emplace(std::move(strings));
    text.clear();
    return *stops;
  }
};

SamplerSettings read_settings(const double* at) {
  const auto real = [&at] { return static_cast<float>(*at++); };
  const auto count = [&at] { return static_cast<std::uint32_t>(*at++); };
  SamplerSettings settings;
  settings.temperature = real();
  settings.top_p = real();
  settings.min_p = real();
  settings.typical_p = real();
  settings.top_n_sigma = real();
  settings.top_k = count();
  settings.repetition_penalty = real();
  settings.frequency_penalty = real();
  settings.presence_penalty = real();
  settings.dry_multiplier = real();
  settings.dry_base = real();
  settings.dry_allowed_length = count();
  settings.dry_range = count();
  settings.xtc_probability = real();
  settings.xtc_threshold = real();
  settings.min_tokens = count();
  settings.top_logprobs = static_cast<std::int32_t>(*at++);
  settings.seed = count();
  settings.seed |= std::uint64_t{count()} << 32;
  settings.choice = count();
  return settings;
}

}  // namespace

EXPORT(sampler_new)
OpenSampler* sampler_new(const OpenTokenizer* tokenizer, std::uint32_t tokens,
                         const double* settings) {
  auto* open = new OpenSampler{tokenizer, tokens, read_settings(settings), {}, {}, {}, {}};
  for (std::uint32_t id = 0; tokenizer != nullptr && id < tokens; ++id)
    if (tokenizer->tokenizer.is_absent(id)) open->lists.never.push_back(id);
  return open;
}
EXPORT(sampler_bias)
void sampler_bias(OpenSampler* open, const std::uint32_t* ids, const float* biases,
                  std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) open->lists.bias.push_back({ids[i], biases[i]});
}
EXPORT(sampler_ban)
void sampler_ban(OpenSampler* open, const std::uint32_t* ids, std::size_t count) {
  append(open->lists.banned, ids, count);
}
EXPORT(sampler_stops)
void sampler_stops(OpenSampler* open, const std::uint32_t* ids, std::size_t count) {
  append(open->lists.stops, ids, count);
}
EXPORT(sampler_break_at)
void sampler_break_at(OpenSampler* open, const char* text, std::size_t bytes) {
  if (open->tokenizer == nullptr) return;
  for (std::uint32_t id = 0; id < open->tokens; ++id)
    if (open->tokenizer->tokenizer.token_bytes(id).find({text, bytes}) != std::string_view::npos)
      open->lists.breakers.push_back(id);
}
EXPORT(sampler_accept)
void sampler_accept(OpenSampler* open, const std::uint32_t* ids, std::size_t count,
                    std::uint32_t output) {
  if (output == 0) return open->ready().accept_prompt({ids, count});
  for (std::size_t i = 0; i < count; ++i) open->ready().accept(ids[i]);
}
EXPORT(sampler_sample)
const void* sampler_sample(OpenSampler* open, const float* logits, std::size_t count,
                           const std::uint32_t* mask, std::size_t mask_words) {
  Sampler& sampler = open->ready();
  const Sample sample = sampler.sample({logits, count}, {mask, mask_words});
  auto& result = open->result;
  result.token = sample.token;
  result.fault = static_cast<std::uint32_t>(sample.fault);
  result.logprob = sample.logprob;
  result.count = 0;
  for (const TokenLogprob& top : sampler.top_logprobs()) result.top[result.count++] = top;
  return &result;
}
EXPORT(sampler_draw_state)
const void* sampler_draw_state(OpenSampler* open, const std::uint32_t* mask,
                               std::size_t mask_words) {
  return open->counted(open->ready().draw_state({mask, mask_words}));
}
EXPORT(sampler_allowed)
const void* sampler_allowed(OpenSampler* open, std::uint32_t output, const std::uint32_t* mask,
                            std::size_t mask_words) {
  return open->counted(open->ready().allowed(output, {mask, mask_words}));
}
EXPORT(sampler_free) void sampler_free(OpenSampler* open) { delete open; }

EXPORT(stops_new) OpenStops* stops_new() { return new OpenStops; }
EXPORT(stops_add) void stops_add(OpenStops* open, const char* text, std::size_t bytes) {
  open->strings.emplace_back(text, bytes);
}
EXPORT(stops_push)
std::size_t stops_push(OpenStops* open, const char* text, std::size_t bytes) {
  open->ready().push({text, bytes}, open->text);
  return open->text.size();
}
EXPORT(stops_flush) std::size_t stops_flush(OpenStops* open) {
  open->ready().flush(open->text);
  return open->text.size();
}
EXPORT(stops_text) const char* stops_text(const OpenStops* open) { return open->text.data(); }
EXPORT(stops_found) std::int32_t stops_found(const OpenStops* open) {
  const std::optional<std::size_t> found = open->stops ? open->stops->found() : std::nullopt;
  return found ? static_cast<std::int32_t>(*found) : kFailed;
}
EXPORT(stops_free) void stops_free(OpenStops* open) { delete open; }

#endif  // __wasm__
