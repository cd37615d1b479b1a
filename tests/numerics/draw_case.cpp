// SPDX-License-Identifier: Apache-2.0
#include "tests/numerics/draw_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "codegen/lower/lower.h"
#include "codegen/lower/lowering.h"
#include "ir/support/check.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"
#include "runtime/formats/draw_layout.h"
#include "runtime/host/sequences.h"

namespace tests::numerics {

using runtime::host::Sample;
using runtime::host::Sampler;
using runtime::host::SamplerSettings;
namespace formats = runtime::formats;

namespace {

constexpr std::uint32_t kPromptTokens = 5;

// The prompt, and what came after it: every token of it twice, the last three times.
std::vector<std::uint32_t> prompt_of(std::uint32_t vocabulary) {
  std::vector<std::uint32_t> prompt(kPromptTokens);
  for (std::uint32_t i = 0; i < kPromptTokens; ++i) prompt[i] = i * 7 % vocabulary;
  return prompt;
}
std::vector<std::uint32_t> output_of(std::uint32_t vocabulary) {
  std::vector<std::uint32_t> output;
  for (std::uint32_t i = 0; i < 9; ++i) output.push_back((i % 4) * 3 % vocabulary);
  return output;
}

ir::kernel::Program lower_head(std::uint32_t vocabulary, std::uint32_t sequences) {
  const auto graph = ir::graph::parse(fmt::format(R"(graph Head
weight @w: q4[{0}, 32] = rows("w")
func head(%hidden: f32[rows, 32], %selected: u32[outputs]) {{
  %0 = gather %hidden, %selected at "head"
  %1 = linear %0, @w, _ at "head"
  return %1
}})",
                                                  vocabulary),
                                      "head.graph");
  CHECK(graph, "{}", to_string(graph.error()));
  ir::kernel::Program program = codegen::lower::lower(
      *graph, {.capacities = {.max_rows = 8, .max_sequences = sequences, .context = 64}});
  passes::prune_values(program);
  passes::plan_memory(program);
  const auto laws = verify(program, ir::kernel::Stage::planned);
  CHECK(laws, "{}", to_string(laws.error()));
  return program;
}

}  // namespace

std::vector<DrawCase> draw_cases() {
  std::vector<DrawCase> cases;
  const auto add = [&](std::string name, std::uint32_t vocabulary, SamplerSettings settings) {
    cases.push_back({.name = fmt::format("draw_{}_{}", name, vocabulary),
                     .vocabulary = vocabulary,
                     .settings = settings});
    return &cases.back();
  };
  for (const std::uint32_t vocabulary : {1U, 50U, 4096U, 4097U, 9000U})
    add("plain", vocabulary, {});
  add("cold", 300, {.temperature = 0.2F});
  add("hot", 5000, {.temperature = 2});
  add("flat", 5000, {.temperature = 1})->deviation = 0.01F;
  add("most_likely", 5000, {.temperature = 0});
  add("min_p", 5000, {.min_p = 0.05F});
  for (const std::uint32_t k : {1U, 7U, 400U, 6000U})
    add(fmt::format("top_k{}", k), 5000, {.top_k = k});
  for (const float p : {0.0F, 0.3F, 0.9F, 0.9999F})
    add(fmt::format("top_p{}", static_cast<int>(p * 10000)), 5000, {.top_p = p});
  add("all_filters", 9000, {.top_p = 0.8F, .min_p = 0.001F, .top_k = 60});
  add("all_filters", 152000, {.top_p = 0.9F, .min_p = 1e-6F, .top_k = 3000})->sequences = 1;
  add("few_filters", 90, {.top_p = 0.5F, .min_p = 0.2F, .top_k = 100});
  const SamplerSettings penalties{
      .repetition_penalty = 1.3F, .frequency_penalty = 0.7F, .presence_penalty = 0.4F};
  add("penalties", 40, penalties);
  add("bias", 60, {})->biased = true;
  add("mask", 4200, {})->mask_period = 97;
  add("nothing_allowed", 70, {})->mask_period = 71;
  SamplerSettings everything = penalties;
  everything.temperature = 0.7F;
  everything.top_p = 0.95F;
  everything.min_p = 0.01F;
  everything.top_k = 40;
  DrawCase* all = add("everything", 5000, everything);
  all->biased = true;
  all->mask_period = 3;
  return cases;
}

PreparedDraw::PreparedDraw(const DrawCase& draw_case)
    : case_(draw_case), program_(lower_head(case_.vocabulary, case_.sequences)) {
  for (std::uint32_t i = 0; i < case_.sequences; ++i) draw(i);
}

std::vector<std::uint32_t> PreparedDraw::mask() const {
  std::vector<std::uint32_t> words;
  if (case_.mask_period == 0) return words;
  words.resize((case_.vocabulary + 31) / 32);
  for (std::uint32_t id = case_.mask_period - 1; id < case_.vocabulary; id += case_.mask_period)
    words[id / 32] |= 1U << id % 32;
  return words;
}

std::vector<float> PreparedDraw::row_of(std::uint32_t sequence) const {
  std::mt19937 random(case_.vocabulary * 31 + sequence);
  std::normal_distribution<float> normal(0, case_.deviation);
  std::vector<float> row(case_.vocabulary);
  for (float& logit : row) logit = normal(random);
  if (sequence % 2 == 1)
    for (float& logit : row) logit = std::round(logit);
  if (sequence + 1 == case_.sequences && row.size() > 20) {
    row[3] = std::numeric_limits<float>::quiet_NaN();
    row[11] = -std::numeric_limits<float>::infinity();
    row[17] = -0.0F;
  }
  return row;
}

void PreparedDraw::draw(std::uint32_t sequence) {
  SamplerSettings settings = case_.settings;
  settings.seed = 0x1'0000'0007U + sequence;
  settings.choice = sequence;
  settings.top_logprobs = Sampler::kMaxTopLogprobs;
  Sampler::Lists lists;
  if (case_.biased) lists.bias = {{0, 1.5F}, {2, -2.25F}, {4, 0.5F}, {5, -100}};
  if (case_.vocabulary > 30) lists.never = {29};
  Sampler sampler(case_.vocabulary, settings, lists);
  sampler.accept_prompt(prompt_of(case_.vocabulary));
  for (const std::uint32_t id : output_of(case_.vocabulary)) sampler.accept(id);
  const auto state = sampler.draw_state(mask());
  states_.emplace_back(state.begin(), state.end());

  const Sample sample = sampler.sample(row_of(sequence), mask());
  const auto layout = formats::make_draw_layout(case_.vocabulary);
  expectations_.push_back(
      {buffer_named("tokens"), sequence, true, static_cast<double>(sample.token)});
  if (settings.presence_penalty != 0) {
    const std::uint32_t count = state[layout.counts + sample.token];
    expectations_.push_back(
        {buffer_named("sampling"),
         std::uint64_t{sequence} * layout.sequence_words + layout.counts + sample.token, true,
         static_cast<double>((count | 1U) + 2)});
  }
  expect_logprobs(sequence, sampler, sample);
}

// The kernel's sum of n exponentials in f32, each off by at most (3 + 2 |x|) ulp where it counts,
// and the sampler's polynomial (1e-5), against logits of at most a few tens.
void PreparedDraw::expect_logprobs(std::uint32_t sequence, const Sampler& sampler,
                                   const Sample& sample) {
  const double bound = 1e-5 + (case_.vocabulary + 64.0) * 0x1p-24;
  const std::uint64_t first = std::uint64_t{sequence} * formats::kLogprobWords;
  const std::uint32_t buffer = buffer_named("logprobs");
  const auto expect = [&](std::uint64_t word, std::uint32_t token, float logprob) {
    expectations_.push_back({buffer, first + word, true, static_cast<double>(token)});
    if (std::isfinite(logprob))
      expectations_.push_back({buffer, first + word + 1, false, logprob, bound});
  };
  expect(0, sample.token, sample.logprob);
  std::uint64_t word = 2;
  for (const auto& [token, logprob] : sampler.top_logprobs()) {
    expect(word, token, logprob);
    word += 2;
  }
}

std::uint32_t PreparedDraw::buffer_named(std::string_view name) const {
  const auto found = std::find_if(program_.buffers.begin(), program_.buffers.end(),
                                  [&](const auto& buffer) { return buffer.name == name; });
  CHECK(found != program_.buffers.end(), "no buffer is called {}", name);
  return static_cast<std::uint32_t>(found - program_.buffers.begin());
}

ir::kernel::Symbols PreparedDraw::symbols() const {
  const auto& [top_p, top_k] = std::pair(case_.settings.top_p, case_.settings.top_k);
  return {{"outputs", case_.sequences},
          {"searches", (top_k > 0 ? 1U : 0U) + (top_p < 1 ? 1U : 0U)}};
}

ir::kernel::Buffers PreparedDraw::buffers() const {
  const auto output = static_cast<std::uint32_t>(output_of(case_.vocabulary).size());
  const std::uint32_t position = kPromptTokens + output - 1;
  runtime::host::Sequences sequences({.max_rows = program_.capacities.max_rows,
                                      .max_sequences = case_.sequences,
                                      .max_pages_per_sequence = 1});
  std::vector<runtime::host::StepRow> rows;
  std::vector<std::uint32_t> selected, slot(sequences.layout().slot_words);
  for (std::uint32_t at = 0; at <= position; ++at) {
    rows.clear();
    for (std::uint32_t i = 0; i < case_.sequences; ++i) {
      if (at == 0) {
        (void)sequences.create();
        (void)sequences.reserve(i, position + 1);
      }
      rows.push_back({i, at});
      if (at == 0) selected.push_back(i);
    }
    sequences.begin_step();
    const auto written = sequences.write_step(rows, selected, slot);
    CHECK(written.fault == runtime::host::SequenceFault::none, "step refused");
  }
  ir::kernel::Buffers buffers(program_, {{"page_capacity", 1}});
  buffers.write(buffer_named("step"), slot);
  const std::uint64_t stride = codegen::lower::row_stride(case_.vocabulary);
  const auto layout = formats::make_draw_layout(case_.vocabulary);
  for (std::uint32_t i = 0; i < case_.sequences; ++i) {
    buffers.write(buffer_named("logits"), row_of(i), i * stride * 4);
    buffers.write(buffer_named("sampling"), states_[i],
                  std::uint64_t{i} * layout.sequence_words * 4);
  }
  return buffers;
}

}  // namespace tests::numerics
