// SPDX-License-Identifier: Apache-2.0
// The sampler against simple definitions of what each parameter means, and against the distribution
// that its draws must have.
#include "runtime/host/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace {

using runtime::host::Sample;
using runtime::host::Sampler;
using runtime::host::SamplerSettings;
using Tokens = std::vector<std::uint32_t>;
using Row = std::vector<float>;

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

Row random_row(std::size_t tokens, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  Row row(tokens);
  for (float& logit : row) logit = normal(random);
  return row;
}

std::vector<std::uint32_t> mask_of(std::size_t tokens, const Tokens& allowed) {
  std::vector<std::uint32_t> mask((tokens + 31) / 32);
  for (const std::uint32_t token : allowed) mask[token / 32] |= 1U << (token % 32);
  return mask;
}

std::vector<double> softmax(const Row& row, double temperature = 1) {
  const double largest = *std::max_element(row.begin(), row.end());
  std::vector<double> p;
  for (const float logit : row) p.push_back(std::exp((logit - largest) / temperature));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& each : p) each /= total;
  return p;
}

// The tokens that so many draws have given.
std::map<std::uint32_t, int> draw(Sampler& sampler, const Row& row, int draws) {
  std::map<std::uint32_t, int> counts;
  for (int i = 0; i < draws; ++i) {
    const Sample sample = sampler.sample(row);
    EXPECT_EQ(sample.fault, Sample::Fault::none);
    ++counts[sample.token];
    sampler.accept(sample.token);
  }
  return counts;
}

// Whether `counts` may come from the distribution; fails in one case of a thousand by chance, and
// seeds are fixed.
void expect_drawn_from(const std::map<std::uint32_t, int>& counts, const std::vector<double>& p,
                       int draws) {
  double chi_squared = 0;
  double rest = 0;
  int rest_count = draws;
  int cells = 0;
  for (std::size_t token = 0; token < p.size(); ++token) {
    const auto found = counts.find(static_cast<std::uint32_t>(token));
    const int count = found == counts.end() ? 0 : found->second;
    if (p[token] == 0) {
      EXPECT_EQ(count, 0) << token;
    }
    const double expected = p[token] * draws;
    if (expected < 10) continue;
    chi_squared += (count - expected) * (count - expected) / expected;
    rest += expected;
    rest_count -= count;
    ++cells;
  }
  rest = draws - rest;
  if (rest > 1e-6 * draws)
    chi_squared += (rest_count - rest) * (rest_count - rest) / std::max(rest, 1.0);
  // Wilson and Hilferty: the 0.999 quantile of chi squared.
  const double k = std::max(cells, 1);
  const double quantile = k * std::pow(1 - 2 / (9 * k) + 3.09 * std::sqrt(2 / (9 * k)), 3);
  EXPECT_LT(chi_squared, quantile);
}

// The best tokens first: larger logit, then lower id.
Tokens by_logit(const Row& row) {
  Tokens order(row.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return row[a] > row[b]; });
  return order;
}

std::vector<double> only(std::vector<double> p, const Tokens& kept) {
  const std::set<std::uint32_t> set(kept.begin(), kept.end());
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!set.contains(static_cast<std::uint32_t>(i))) p[i] = 0;
    total += p[i];
  }
  for (double& each : p) each /= total;
  return p;
}

Tokens best_of_mass(const Row& row, const Tokens& order, double mass) {
  const std::vector<double> p = only(softmax(row), order);
  Tokens kept;
  double sum = 0;
  for (const std::uint32_t token : order) {
    kept.push_back(token);
    sum += p[token];
    if (sum >= mass) break;
  }
  return kept;
}

TEST(Sampler, DrawsFromTheSoftmax) {
  const Row row = random_row(50, 1);
  for (const float temperature : {0.5F, 1.0F, 2.0F}) {
    Sampler sampler(50, {.temperature = temperature, .seed = 11});
    expect_drawn_from(draw(sampler, row, 20000), softmax(row, temperature), 20000);
  }
}

TEST(Sampler, TakesTheMostLikelyAtTemperatureZero) {
  Sampler sampler(5, {.temperature = 0});
  EXPECT_EQ(sampler.sample(Row{1, 3, 2, 3, 0}).token, 1U);
  EXPECT_EQ(sampler.sample(Row{1, 3, 2, 3, 4}).token, 4U);
  EXPECT_EQ(sampler.sample(Row{-7, -7, -7, -7, -7}).token, 0U);
  EXPECT_EQ(sampler.sample(Row{0, 0, 0, 0, 0, 9}).token, 0U);  // the padding is no token
}

TEST(Sampler, ReportsWhatIsNoNumber) {
  Sampler sampler(4, {.temperature = 0});
  const Sample sample = sampler.sample(Row{kNotANumber, 1, 2, kNotANumber});
  EXPECT_EQ(sample.token, 2U);
  EXPECT_EQ(sample.fault, Sample::Fault::not_a_number);
  const Sample none = sampler.sample(Row(4, kNotANumber), mask_of(4, {2, 3}));
  EXPECT_EQ(none.token, 2U);
  EXPECT_EQ(none.fault, Sample::Fault::nothing_allowed);
  EXPECT_EQ(sampler.sample(Row{}).fault, Sample::Fault::nothing_allowed);
}

// Exactly the tokens that are kept are drawn sooner or later, with the probabilities they have.
TEST(Sampler, TopKKeepsTheBest) {
  Row row = random_row(40, 2);
  row[7] = row[9] = row[11];  // equals: the lower id is better
  for (const std::uint32_t k : {1U, 2U, 5U, 39U, 40U, 1000U}) {
    Tokens kept = by_logit(row);
    kept.resize(std::min<std::size_t>(kept.size(), k));
    Sampler sampler(40, {.top_k = k, .seed = k});
    expect_drawn_from(draw(sampler, row, 5000), only(softmax(row), kept), 5000);
  }
}

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const Row row = random_row(30 + seed, seed);
    const float mass = 0.05F + 0.03F * static_cast<float>(seed);
    const Tokens kept = best_of_mass(row, by_logit(row), mass);
    Sampler sampler(static_cast<std::uint32_t>(row.size()), {.top_p = mass, .seed = seed});
    expect_drawn_from(draw(sampler, row, 3000), only(softmax(row), kept), 3000);
  }
  Sampler sampler(3, {.top_p = 0});
  EXPECT_EQ(draw(sampler, {1, 2, 1.5F}, 50).size(), 1U);
}

TEST(Sampler, MinPKeepsWhatIsLikelyBesideTheBest) {
  const Row row{0, std::log(0.5F), std::log(0.11F), std::log(0.09F), std::log(0.001F)};
  Sampler sampler(5, {.min_p = 0.1F, .seed = 5});
  expect_drawn_from(draw(sampler, row, 5000), only(softmax(row), {0, 1, 2}), 5000);
}

TEST(Sampler, FiltersFollowEachOther) {
  const Row row = random_row(60, 9);
  // min_p, then top_k of what it leaves, then top_p of these.
  Tokens kept;
  const std::vector<double> p = softmax(row);
  for (const std::uint32_t token : by_logit(row))
    if (p[token] >= 0.02 * p[by_logit(row)[0]]) kept.push_back(token);
  kept.resize(std::min<std::size_t>(kept.size(), 8));
  kept = best_of_mass(row, kept, 0.8);
  Sampler sampler(60, {.top_p = 0.8F, .min_p = 0.02F, .top_k = 8, .seed = 3});
  expect_drawn_from(draw(sampler, row, 5000), only(p, kept), 5000);
}

TEST(Sampler, TypicalKeepsWhatInformsAsExpected) {
  const Row row = random_row(30, 4);
  const std::vector<double> p = softmax(row);
  double expected = 0;
  for (const double each : p) expected -= each * std::log(each);
  Tokens order(30);
  std::iota(order.begin(), order.end(), 0U);
  const auto distance = [&](auto token) { return std::abs(-std::log(p[token]) - expected); };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
  const Tokens kept = best_of_mass(row, order, 0.6);
  Sampler sampler(30, {.typical_p = 0.6F, .seed = 3});
  expect_drawn_from(draw(sampler, row, 5000), only(p, kept), 5000);
}

TEST(Sampler, TopNSigmaKeepsWhatIsNearTheBest) {
  const Row row{10, 9, 8, 0, 0, 0, 0, 0};  // mean 3.375, deviation 4.388
  Sampler sampler(8, {.temperature = 3, .top_n_sigma = 0.3F, .seed = 3});
  expect_drawn_from(draw(sampler, row, 3000), only(softmax(row, 3), {0, 1}), 3000);
}

TEST(Sampler, XtcDropsAllLikelyTokensButTheLast) {
  const Row row{std::log(0.4F), std::log(0.3F), std::log(0.2F), std::log(0.1F)};
  Sampler always(4, {.xtc_probability = 1, .xtc_threshold = 0.15F, .seed = 3});
  expect_drawn_from(draw(always, row, 3000), only(softmax(row), {2, 3}), 3000);
  Sampler off(4, {.xtc_probability = 1, .xtc_threshold = 0.51F, .seed = 3});
  expect_drawn_from(draw(off, row, 3000), softmax(row), 3000);
  Sampler sometimes(4, {.xtc_probability = 0.5F, .xtc_threshold = 0.15F, .seed = 3});
  const std::vector<double> all = softmax(row);
  const std::vector<double> few = only(all, {2, 3});
  std::vector<double> mixed(4);
  for (std::size_t i = 0; i < 4; ++i) mixed[i] = (all[i] + few[i]) / 2;
  expect_drawn_from(draw(sometimes, row, 8000), mixed, 8000);
}

TEST(Sampler, AddsBias) {
  Sampler sampler(4, {.temperature = 0}, {.bias = {{2, 100}, {0, -100}, {77, 5}}});
  EXPECT_EQ(sampler.sample(Row{50, 1, 0, 2}).token, 2U);
  const auto mask = mask_of(4, {0});
  EXPECT_EQ(sampler.sample(Row{50, 1, 0, 2}, mask).token, 0U);  // the grammar's only token
}

TEST(Sampler, TheGrammarWinsOverBansAndMinTokens) {
  Sampler sampler(40, {.temperature = 0, .min_tokens = 2},
                  {.never = {39}, .banned = {5}, .stops = {7}});
  Row row(40, 0.0F);
  row[5] = 9;
  row[7] = 8;
  row[6] = 7;
  row[39] = 10;
  EXPECT_EQ(sampler.sample(row).token, 6U);
  EXPECT_EQ(sampler.sample(row, mask_of(40, {5, 39})).token, 5U);
  EXPECT_EQ(sampler.sample(row, mask_of(40, {5, 7})).token, 7U);
  EXPECT_EQ(sampler.sample(row, mask_of(40, {39})).fault, Sample::Fault::nothing_allowed);
  sampler.accept(1);
  EXPECT_EQ(sampler.sample(row).token, 6U);
  sampler.accept(1);
  EXPECT_EQ(sampler.sample(row).token, 7U);
}

// What a sampler at temperature 0 makes of a logit: the largest logit of another token that loses.
float logit_after_penalties(const Row& row, std::uint32_t token, const SamplerSettings& settings,
                            const Tokens& prompt, const Tokens& output) {
  float low = -1000;
  float high = 1000;
  for (int i = 0; i < 60; ++i) {
    const float middle = (low + high) / 2;
    Row probe(row.size() + 1, kNothing);  // one token more, never seen, that competes
    probe[token] = row[token];
    probe[row.size()] = middle;
    Sampler each(static_cast<std::uint32_t>(probe.size()), settings);
    each.accept_prompt(prompt);
    for (const std::uint32_t id : output) each.accept(id);
    (each.sample(probe).token == token ? low : high) = middle;
  }
  return low;
}

TEST(Sampler, PenalizesByHandComputedAmounts) {
  const SamplerSettings settings{.temperature = 0,
                                 .repetition_penalty = 2,
                                 .frequency_penalty = 0.5F,
                                 .presence_penalty = 0.25F};
  const Row row{4, -4, 4, 4};
  const Tokens prompt{0, 1};
  const Tokens output{1, 2, 2, 2};
  const auto logit = [&](std::uint32_t token) {
    return logit_after_penalties(row, token, settings, prompt, output);
  };
  EXPECT_NEAR(logit(0), 2.0F, 1e-3);                  // in the prompt only: divided
  EXPECT_NEAR(logit(1), -8 - 0.5F - 0.25F, 1e-3);     // negative: multiplied
  EXPECT_NEAR(logit(2), 2 - 3 * 0.5F - 0.25F, 1e-3);  // three times in the output
  EXPECT_NEAR(logit(3), 4.0F, 1e-3);
}

// DRY by definition: for each token, the longest end of the history that stood before it once.
std::map<std::uint32_t, float> dry_penalties(const Tokens& history, const SamplerSettings& settings,
                                             const std::set<std::uint32_t>& breakers) {
  std::map<std::uint32_t, std::uint32_t> longest;
  for (std::size_t at = 1; at < history.size(); ++at) {
    std::uint32_t length = 0;
    while (length < at && history[at - 1 - length] == history[history.size() - 1 - length] &&
           !breakers.contains(history[at - 1 - length]))
      ++length;
    longest[history[at]] = std::max(longest[history[at]], length);
  }
  std::map<std::uint32_t, float> penalties;
  for (const auto& [token, length] : longest)
    if (length >= settings.dry_allowed_length)
      penalties[token] =
          settings.dry_multiplier *
          std::pow(settings.dry_base, static_cast<float>(length - settings.dry_allowed_length));
  return penalties;
}

TEST(Sampler, DryPenalizesRepeatedSequences) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    Tokens history(random() % 40 + 1);
    for (std::uint32_t& token : history) token = random() % 3;
    const SamplerSettings settings{
        .temperature = 0, .dry_multiplier = 0.8F, .dry_base = 1.75F, .dry_allowed_length = 2};
    const auto expected = dry_penalties(history, settings, {2});
    for (std::uint32_t token = 0; token < 3; ++token) {
      const auto found = expected.find(token);
      const float penalty = found == expected.end() ? 0 : found->second;
      for (const float other : {-penalty * 0.999F - 1e-4F, -penalty * 1.001F + 1e-4F}) {
        Sampler sampler(4, settings, {.breakers = {2}});
        sampler.accept_prompt(history);
        Row row(4, kNothing);
        row[token] = 0;
        row[3] = other;
        const bool wins = other < -penalty;
        if (std::abs(other + penalty) < 5e-5F) continue;
        ASSERT_EQ(sampler.sample(row).token, wins ? token : 3U) << "penalty " << penalty;
      }
    }
  }
}

TEST(Sampler, LogProbabilitiesAreThoseOfTheRawRow) {
  const Row row = random_row(30, 8);
  const std::vector<double> p = softmax(row);
  Sampler sampler(30, {.temperature = 0.3F, .top_k = 3, .frequency_penalty = 1, .top_logprobs = 20},
                  {.bias = {{4, 50}}});
  const Sample sample = sampler.sample(row, mask_of(30, {4, 5, 6}));
  EXPECT_EQ(sample.token, 4U);
  EXPECT_NEAR(sample.logprob, std::log(p[4]), 1e-4);
  const auto top = sampler.top_logprobs();
  ASSERT_EQ(top.size(), 20U);
  const Tokens order = by_logit(row);
  for (std::size_t i = 0; i < top.size(); ++i) {
    EXPECT_EQ(top[i].token, order[i]);
    EXPECT_NEAR(top[i].logprob, std::log(p[order[i]]), 1e-4);
  }
  Sampler all(15, {.top_logprobs = 20});
  (void)all.sample(random_row(15, 8));
  double sum = 0;
  for (const auto& [token, logprob] : all.top_logprobs()) sum += std::exp(logprob);
  EXPECT_NEAR(sum, 1, 1e-5);
  Sampler chosen_only(30, {.top_logprobs = 0});
  const Sample one = chosen_only.sample(row);
  EXPECT_NEAR(one.logprob, std::log(p[one.token]), 1e-4);
  EXPECT_TRUE(chosen_only.top_logprobs().empty());
}

TEST(Sampler, ChoicesOfOneSeedDiffer) {
  const Row row(1000, 0.0F);
  const auto outcome = [&](std::uint64_t seed, std::uint32_t choice) {
    Sampler sampler(1000, {.seed = seed, .choice = choice});
    return draw(sampler, row, 20);
  };
  EXPECT_EQ(outcome(1, 0), outcome(1, 0));
  EXPECT_NE(outcome(1, 0), outcome(1, 1));
  EXPECT_NE(outcome(1, 0), outcome(2, 0));
}

// Selection must stay linear and exact on rows that defeat careless pivots.
TEST(Sampler, SelectsFromLargeAndDegenerateRows) {
  constexpr std::uint32_t kTokens = 150000;
  Row equal(kTokens, 1.0F);
  Row ascending(kTokens);
  for (std::uint32_t i = 0; i < kTokens; ++i) ascending[i] = static_cast<float>(i) * 1e-4F;
  for (int i = 0; i < 5; ++i) {
    Sampler first(kTokens, {.top_k = 10, .seed = static_cast<std::uint64_t>(i)});
    EXPECT_LT(first.sample(equal).token, 10U);
    Sampler last(kTokens, {.top_p = 1e-4F, .seed = static_cast<std::uint64_t>(i)});
    EXPECT_GE(last.sample(ascending).token, kTokens - 10);
  }
}

}  // namespace
