// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/host/random.h"

namespace runtime::host {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr float kGreatestPenalty = 1e30F;  // so that a penalty takes no token away

bool has_bit(std::span<const std::uint32_t> bits, std::uint32_t i) {
  return i / 32 < bits.size() && (bits[i / 32] >> (i % 32) & 1U) != 0;
}

void set_bits(std::vector<std::uint32_t>& bits, std::span<const std::uint32_t> tokens, bool value) {
  for (const std::uint32_t token : tokens) {
    if (token / 32 >= bits.size()) continue;
    const std::uint32_t bit = 1U << (token % 32);
    bits[token / 32] = value ? bits[token / 32] | bit : bits[token / 32] & ~bit;
  }
}

bool is_better(const TokenLogprob& a, const TokenLogprob& b) {
  return a.logprob != b.logprob ? a.logprob > b.logprob : a.token < b.token;
}

}  // namespace

Sampler::Sampler(std::uint32_t tokens, const SamplerSettings& settings, Lists lists)
    : tokens_(tokens),
      settings_(settings),
      lists_(std::move(lists)),
      base_((tokens + 31) / 32, ~std::uint32_t{0}),
      counts_(tokens),
      breaks_at_(base_.size()),
      logits_(tokens) {
  if (tokens % 32 != 0) base_.back() = (1U << (tokens % 32)) - 1;
  set_bits(base_, lists_.never, false);
  not_banned_ = base_;
  set_bits(not_banned_, lists_.banned, false);
  set_bits(breaks_at_, lists_.breakers, true);
  allowed_.resize(base_.size());
  settings_.top_logprobs = std::min(settings_.top_logprobs, kMaxTopLogprobs);
  if (settings_.dry_multiplier != 0) repeats_.resize(tokens);
  settings_.dry_allowed_length = std::max(settings_.dry_allowed_length, 1U);
  std::erase_if(lists_.bias, [&](const Bias& bias) { return bias.token >= tokens; });
}

void Sampler::accept_prompt(std::span<const std::uint32_t> tokens) {
  for (const std::uint32_t token : tokens) count(token, 0);
  prompt_ += static_cast<std::uint32_t>(tokens.size());
}

void Sampler::accept(std::uint32_t token) {
  count(token, 1);
  ++output_;
}

void Sampler::count(std::uint32_t token, std::uint32_t of_output) {
  if (settings_.dry_multiplier != 0) history_.push_back(token);
  if (token >= tokens_) return;
  if (counts_[token] == 0) {
    counts_[token] = 1;
    seen_.push_back(token);
  }
  counts_[token] += 2 * of_output;
}

Sample Sampler::sample(std::span<const float> logits, std::span<const std::uint32_t> mask) {
  logits = logits.first(std::min<std::size_t>(logits.size(), tokens_));
  (void)allowed(output_, mask);
  Sample sample;
  if (!copy_allowed(logits)) sample.fault = Sample::Fault::not_a_number;
  if (settings_.top_logprobs >= 0) take_logprobs(logits);
  for (const Bias& bias : lists_.bias) logits_[bias.token] += bias.bias;
  penalize();
  penalize_sequences();

  const auto largest = std::max_element(logits_.begin(), logits_.end());
  if (largest == logits_.end() || *largest == kNothing) {
    sample.fault = Sample::Fault::nothing_allowed;
    sample.token = lowest_allowed();
  } else if (!(settings_.temperature > 0)) {
    sample.token = static_cast<std::uint32_t>(largest - logits_.begin());
  } else {
    selection_.gather(logits_, *largest, settings_.temperature);
    sample.token = draw();
  }
  if (settings_.top_logprobs >= 0 && sample.token < logits.size())
    sample.logprob = logits[sample.token] - log_total_;
  return sample;
}

// Where bans leave nothing of the mask, they do not count.
std::span<const std::uint32_t> Sampler::allowed(std::uint64_t output,
                                                std::span<const std::uint32_t> mask) {
  const bool early = output < settings_.min_tokens;
  const auto fill = [&](const Bits& from) {
    for (std::size_t i = 0; i < from.size(); ++i)
      allowed_[i] = from[i] & (mask.empty() ? ~std::uint32_t{0} : i < mask.size() ? mask[i] : 0);
  };
  const auto is_empty = [this] {
    return std::all_of(allowed_.begin(), allowed_.end(), [](auto word) { return word == 0; });
  };
  fill(not_banned_);
  if (early) set_bits(allowed_, lists_.stops, false);
  if (early && is_empty()) fill(not_banned_);
  if (is_empty()) fill(base_);
  return allowed_;
}

// Fills logits_; false if a logit is no number.
bool Sampler::copy_allowed(std::span<const float> logits) {
  bool numbers = true;
  std::fill(logits_.begin(), logits_.end(), kNothing);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const bool number = logits[i] == logits[i];
    numbers = numbers && number;
    if (number && (allowed_[i / 32] >> (i % 32) & 1U) != 0) logits_[i] = logits[i];
  }
  return numbers;
}

// The log-sum-exp of the row, and its most likely tokens.
void Sampler::take_logprobs(std::span<const float> logits) {
  float largest = kNothing;
  for (const float logit : logits) largest = logit > largest ? logit : largest;
  double total = 0;
  if (largest > kNothing) total = sum_of_exponentials(logits, largest);
  log_total_ = largest + static_cast<float>(std::log(total));

  const auto wanted = static_cast<std::size_t>(settings_.top_logprobs);
  top_logprobs_.clear();
  for (std::uint32_t token = 0; token < logits.size() && wanted > 0; ++token) {
    const TokenLogprob next{token, logits[token] - log_total_};
    const bool full = top_logprobs_.size() == wanted;
    if (!(next.logprob > kNothing) || (full && !is_better(next, top_logprobs_.back()))) continue;
    if (full) top_logprobs_.pop_back();
    top_logprobs_.insert(
        std::upper_bound(top_logprobs_.begin(), top_logprobs_.end(), next, is_better), next);
  }
}

void Sampler::penalize() {
  const bool repetition = settings_.repetition_penalty != 1;
  if (!repetition && settings_.frequency_penalty == 0 && settings_.presence_penalty == 0) return;
  const float inverse = 1 / settings_.repetition_penalty;
  for (const std::uint32_t token : seen_) {
    float& logit = logits_[token];
    if (repetition) logit *= logit > 0 ? inverse : settings_.repetition_penalty;
    const std::uint32_t times = counts_[token] / 2;
    logit -= static_cast<float>(times) * settings_.frequency_penalty;
    if (times > 0) logit -= settings_.presence_penalty;
  }
}

// Each token that would make the end of the history a longer repetition of something before it. The
// history is read backwards: matches_[i] is how far what ends i tokens before the end equals the
// end, as by the Z algorithm, up to the first token over which nothing is repeated.
void Sampler::penalize_sequences() {
  if (settings_.dry_multiplier == 0) return;
  const std::size_t size = settings_.dry_range == 0
                               ? history_.size()
                               : std::min<std::size_t>(history_.size(), settings_.dry_range);
  const auto back = [&](std::size_t i) { return history_[history_.size() - 1 - i]; };
  std::size_t longest = 0;
  while (longest < size && !has_bit(breaks_at_, back(longest))) ++longest;
  matches_.assign(size, 0);
  std::size_t left = 0;  // the match found so far that reaches furthest back
  std::size_t right = 0;
  for (std::size_t i = 1; i < size; ++i) {
    std::size_t match = i < right ? std::min<std::size_t>(matches_[i - left], right - i) : 0;
    while (i + match < size && match < longest && back(match) == back(i + match)) ++match;
    matches_[i] = static_cast<std::uint32_t>(match);
    if (i + match > right) {
      left = i;
      right = i + match;
    }
  }
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint32_t token = back(i - 1);
    if (matches_[i] < settings_.dry_allowed_length || token >= tokens_) continue;
    repeats_[token] = std::max(repeats_[token], matches_[i]);
  }
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint32_t token = back(i - 1);
    if (token >= tokens_ || repeats_[token] == 0) continue;
    const auto more = static_cast<float>(repeats_[token] - settings_.dry_allowed_length);
    logits_[token] -=
        std::min(settings_.dry_multiplier * std::pow(settings_.dry_base, more), kGreatestPenalty);
    repeats_[token] = 0;
  }
}

std::uint32_t Sampler::lowest_allowed() const {
  for (std::uint32_t token = 0; token < tokens_; ++token)
    if (has_bit(allowed_, token)) return token;
  return 0;
}

std::uint32_t Sampler::draw() {
  const auto key = [this](Draw draw) {
    return DrawKey{
        .seed = settings_.seed, .choice = settings_.choice, .step = output_, .draw = draw};
  };
  if (settings_.top_n_sigma > 0) selection_.keep_near_largest(settings_.top_n_sigma);
  if (settings_.typical_p < 1) selection_.keep_typical(settings_.typical_p);
  if (settings_.min_p > 0) selection_.keep_likely(settings_.min_p);
  if (settings_.top_k > 0) selection_.keep_first(settings_.top_k);
  if (settings_.top_p < 1) selection_.keep_mass(settings_.top_p);
  if (settings_.xtc_probability > 0 && settings_.xtc_threshold <= 0.5F &&
      uniform(key(Draw::exclusion)) < settings_.xtc_probability)
    selection_.drop_top_choices(settings_.xtc_threshold);
  return selection_.pick(random_bits(key(Draw::token)));
}

}  // namespace runtime::host
