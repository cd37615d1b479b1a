// SPDX-License-Identifier: Apache-2.0
// The tokens that may be drawn, narrowed filter by filter. Each filter normalizes what the one
// before it left.
//
//   LogitSelection selection;
//   selection.gather(logits, largest, 0.7F);   // tokens with logits above minus infinity
//   selection.keep_likely(0.05F);              // min_p
//   selection.keep_first(40);                  // top_k
//   selection.keep_mass(0.9F);                 // top_p
//   selection.pick(random);                    // a token
//
// "Best" means: of smaller distance (runtime/host/likelihood.h), of equals of lower id. Filters
// that keep the best search for the worst token that they keep, as quickselect does, and never
// sort. The tokens stay in order of ids, so that what pick() returns does not depend on how they
// were found. The kernels of codegen/lower/draw do the same arithmetic, for all filters but three:
// keep_near_largest, keep_typical and drop_top_choices are here only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace runtime::host {

// The sum of exp(value - largest), where no value is larger.
double sum_of_exponentials(std::span<const float> values, float largest);

class LogitSelection {
 public:
  // All tokens with a logit above minus infinity; `largest` is the largest logit.
  void gather(std::span<const float> logits, float largest, float temperature);

  void keep_likely(float share);             // at least `share` of the largest probability
  void keep_near_largest(float deviations);  // logits within so many standard deviations of it
  void keep_typical(float mass);             // nearest to the expected information, up to that mass
  void keep_first(std::size_t count);
  void keep_mass(float mass);  // the fewest of the best whose probabilities reach it

  // Drops the tokens with at least that probability, but for the last of them.
  void drop_top_choices(float probability);

  // The first token, by id, at which the weights so far exceed `random` / 2^64 of all.
  std::uint32_t pick(std::uint64_t random) const;

  std::span<const std::uint32_t> tokens() const { return tokens_; }

 private:
  struct Entry {
    std::uint32_t key = 0;  // smaller is better
    std::uint32_t weight = 0;
    std::uint32_t token = 0;
  };

  std::uint64_t total_weight() const;
  // In entries_: the worst of the fewest best whose weights add up to `mass`.
  Entry last_of_mass(std::uint64_t mass);
  static bool is_better(const Entry& a, const Entry& b) {
    return a.key != b.key ? a.key < b.key : a.token < b.token;
  }
  // Keeps the tokens for which `keep(i)`.
  template <class Keep>
  void keep_if(Keep&& keep);
  void keep_up_to(const Entry& last);
  void resize(std::size_t count);

  // By token, in order of ids. The logits are divided by the temperature, and 0 is the largest.
  std::vector<std::uint32_t> tokens_;
  std::vector<float> logits_;
  std::vector<std::uint32_t> distances_;
  std::vector<std::uint32_t> weights_;
  std::vector<Entry> entries_;  // what last_of_mass works on
};

}  // namespace runtime::host
