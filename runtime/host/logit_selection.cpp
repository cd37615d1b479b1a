// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/logit_selection.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "runtime/host/likelihood.h"

namespace runtime::host {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr float kLeast = -1e30F;  // so that sums and squares stay finite

// exp(x) for x <= 0, with a relative error below 1e-5; next to nothing below -87. The same on all
// machines, and simple enough for compilers to make vector code of.
//
// 2^x = 2^n * 2^f with |f| <= 1/2, where the polynomial is the series of 2^f.
inline float exponential(float x) {
  constexpr float kLog2E = 1.442695041F;
  const float y = std::max(x, -87.0F) * kLog2E;
  const auto n = static_cast<std::int32_t>(y - 0.5F);  // y <= 0: towards 0 is up
  const float f = y - static_cast<float>(n);
  float p = 1.54035304e-4F;
  p = p * f + 1.33335581e-3F;
  p = p * f + 9.61812911e-3F;
  p = p * f + 5.55041087e-2F;
  p = p * f + 2.40226507e-1F;
  p = p * f + 6.93147181e-1F;
  p = p * f + 1.0F;
  return p * std::bit_cast<float>((n + 127) << 23);
}

}  // namespace

double sum_of_exponentials(std::span<const float> values, float largest) {
  constexpr std::size_t kBlock = 256;
  float block[kBlock];
  double sum = 0;
  for (std::size_t start = 0; start < values.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, values.size() - start);
    for (std::size_t i = 0; i < count; ++i) block[i] = exponential(values[start + i] - largest);
    for (std::size_t i = 0; i < count; ++i) sum += block[i];
  }
  return sum;
}

void LogitSelection::gather(std::span<const float> logits, float largest, float temperature) {
  const float scale = distance_scale(temperature);
  tokens_.resize(logits.size());
  logits_.resize(logits.size());
  distances_.resize(logits.size());
  weights_.resize(logits.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] == kNothing) continue;
    tokens_[count] = static_cast<std::uint32_t>(i);
    logits_[count] = std::max((logits[i] - largest) / temperature, kLeast);
    distances_[count] = distance(largest - logits[i], scale);
    weights_[count] = weight(distances_[count]);
    ++count;
  }
  resize(count);
}

void LogitSelection::resize(std::size_t count) {
  tokens_.resize(count);
  logits_.resize(count);
  distances_.resize(count);
  weights_.resize(count);
}

template <class Keep>
void LogitSelection::keep_if(Keep&& keep) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (!keep(i)) continue;
    tokens_[count] = tokens_[i];
    logits_[count] = logits_[i];
    distances_[count] = distances_[i];
    weights_[count++] = weights_[i];
  }
  resize(count);
}

void LogitSelection::keep_likely(float share) {
  const std::uint32_t nearest = *std::min_element(distances_.begin(), distances_.end());
  const std::uint32_t limit = nearest + limit_of_share(share);
  keep_if([&](std::size_t i) { return distances_[i] < limit; });
}

void LogitSelection::keep_near_largest(float deviations) {
  double sum = 0;
  double squares = 0;
  for (const float logit : logits_) {
    sum += logit;
    squares += double{logit} * logit;
  }
  const auto count = static_cast<double>(logits_.size());
  const double variance = std::max(squares / count - sum / count * (sum / count), 0.0);
  const float least = -deviations * static_cast<float>(std::sqrt(variance));
  keep_if([&](std::size_t i) { return logits_[i] >= least; });
}

std::uint64_t LogitSelection::total_weight() const {
  std::uint64_t total = 0;
  for (const std::uint32_t weight : weights_) total += weight;
  return total;
}

void LogitSelection::keep_typical(float mass) {
  const std::uint64_t total = total_weight();
  double largest = kLeast;  // another filter may have taken the most likely token
  for (const float logit : logits_) largest = std::max<double>(largest, logit);
  double exponentials = 0;
  for (const float logit : logits_) exponentials += std::exp(logit - largest);
  const double log_total = largest + std::log(exponentials);
  double information = 0;  // expected, in nats
  for (std::size_t i = 0; i < logits_.size(); ++i)
    information +=
        static_cast<double>(weights_[i]) / static_cast<double>(total) * (log_total - logits_[i]);
  // Positive floats are in the order of their bits.
  const auto distance = [&](std::size_t i) {
    return std::bit_cast<std::uint32_t>(
        static_cast<float>(std::abs(log_total - logits_[i] - information)));
  };
  entries_.resize(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    entries_[i] = {distance(i), weights_[i], tokens_[i]};
  const Entry last = last_of_mass(share_of(total, share_units(mass)));
  keep_if([&](std::size_t i) { return !is_better(last, {distance(i), weights_[i], tokens_[i]}); });
}

void LogitSelection::keep_first(std::size_t count) {
  if (count >= tokens_.size()) return;
  entries_.resize(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i) entries_[i] = {distances_[i], 1, tokens_[i]};
  keep_up_to(last_of_mass(count));
}

void LogitSelection::keep_mass(float mass) {
  entries_.resize(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    entries_[i] = {distances_[i], weights_[i], tokens_[i]};
  keep_up_to(last_of_mass(share_of(total_weight(), share_units(mass))));
}

void LogitSelection::keep_up_to(const Entry& last) {
  keep_if([&](std::size_t i) { return !is_better(last, {distances_[i], 0, tokens_[i]}); });
}

LogitSelection::Entry LogitSelection::last_of_mass(std::uint64_t mass) {
  auto low = entries_.begin();
  auto high = entries_.end();
  Entry last = *std::min_element(low, high, is_better);
  while (low != high) {
    // The median of three goes to where the better ones end.
    const auto middle = low + (high - low) / 2;
    const Entry pivot =
        std::max(std::min(*low, *middle, is_better),
                 std::min(std::max(*low, *middle, is_better), *(high - 1), is_better), is_better);
    std::uint64_t better = 0;
    const auto end = std::partition(low, high, [&](const Entry& entry) {
      const bool is = is_better(entry, pivot);
      if (is) better += entry.weight;
      return is;
    });
    if (better >= mass && end != low) {
      high = end;
      continue;
    }
    last = pivot;
    if (better + pivot.weight >= mass) break;
    mass -= better;
    // Of what is left, nothing is better than the pivot, and only the pivot is as good.
    std::iter_swap(end, std::find_if(end, high, [&](const Entry& entry) {
                     return entry.token == pivot.token;
                   }));
    mass -= pivot.weight;
    low = end + 1;
  }
  return last;
}

void LogitSelection::drop_top_choices(float probability) {
  const std::uint64_t least = share_of(total_weight(), share_units(probability));
  std::size_t worst = tokens_.size();
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    if (weights_[i] >= least && (worst == tokens_.size() || distances_[i] >= distances_[worst]))
      worst = i;
  if (worst == tokens_.size()) return;
  const std::uint32_t kept = tokens_[worst];
  keep_if([&](std::size_t i) { return weights_[i] < least || tokens_[i] == kept; });
}

std::uint32_t LogitSelection::pick(std::uint64_t random) const {
  const std::uint64_t point = point_below(total_weight(), random);
  std::uint64_t sum = 0;
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (weights_[i] == 0) continue;
    last = tokens_[i];
    sum += weights_[i];
    if (sum > point) break;
  }
  return last;
}

}  // namespace runtime::host
