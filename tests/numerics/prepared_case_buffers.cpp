// SPDX-License-Identifier: Apache-2.0
// What the host writes into the buffers of a program before a case is run, and what must lie in
// them after it.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "codegen/lower/lowering.h"
#include "compiler/kernel_session.h"
#include "ir/kernel/interpreter.h"
#include "ir/support/check.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {

using namespace ir::graph;  // NOLINT
using ir::kernel::BufferRole;
using runtime::host::SequenceFault;
using runtime::host::Sequences;
using runtime::host::StepRow;

namespace {

constexpr std::uint32_t kPageTokens = runtime::formats::kPageTokens;

std::uint32_t buffer_named(const ir::kernel::Program& program, std::string_view name) {
  for (std::uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].name == name) return i;
  CHECK(false, "no buffer is called {}", name);
  return 0;
}

std::uint32_t buffer_of(const ir::kernel::Program& program, BufferRole role) {
  for (std::uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].role == role) return i;
  CHECK(false, "no buffer has the role {}", name_of(role));
  return 0;
}

// Row-major words as a kernel stores them: rows of f32 with a constant width are padded.
std::uint64_t padded_width(const TensorType& type, std::int64_t width) {
  const auto size = static_cast<std::uint64_t>(width);
  return codegen::lower::is_row_shape(type) ? codegen::lower::row_stride(size) : size;
}

}  // namespace

// The slot of the step, and where the pages of all sequences lie, with physical pages in an order
// that no kernel could guess.
struct PreparedCase::Steps {
  std::vector<std::uint32_t> slot, page_table;
  std::uint32_t page_capacity = 1;
};

PreparedCase::Steps PreparedCase::make_steps(const ir::kernel::Program& program) const {
  runtime::host::SequenceOptions options{
      .max_rows = capacities_.max_rows,
      .max_sequences = capacities_.max_sequences,
      .max_pages_per_sequence = capacities_.pages_per_sequence()};
  for (const ir::kernel::RopeRows& rope : program.rope)
    options.ropes.push_back({rope.frequencies, rope.scale});
  Sequences sequences(options);
  Steps steps;
  steps.slot.resize(sequences.layout().slot_words);
  const auto write = [&](std::span<const StepRow> rows, std::span<const std::uint32_t> outputs) {
    sequences.begin_step();
    const auto written = sequences.write_step(rows, outputs, steps.slot);
    CHECK(written.fault == SequenceFault::none, "{}: step refused", case_.name);
    return written.words;
  };
  for (std::uint32_t i = 0; i < capacities_.max_sequences; ++i) (void)sequences.create();
  for (const auto& [sequence, length] : lengths_)
    CHECK(sequences.reserve(sequence, length) == SequenceFault::none, "no pages");
  std::set<std::uint32_t> begun;
  for (const StepRow& row : case_.rows)
    if (begun.insert(row.sequence).second)
      for (std::uint32_t before = 0; before < row.position; ++before)
        write(std::vector<StepRow>{{row.sequence, before}}, {});
  steps.slot.resize(write(case_.rows, case_.selected));

  steps.page_table.assign(sequences.page_table().begin(), sequences.page_table().end());
  steps.page_capacity = sequences.pages_needed() + 2;
  std::vector<std::uint32_t> physical(steps.page_capacity);
  std::iota(physical.begin(), physical.end(), 0U);
  std::shuffle(physical.begin(), physical.end(), std::mt19937(17));
  for (std::uint32_t& page : steps.page_table)
    if (page != runtime::formats::kUnmappedPage) page = physical[page];
  return steps;
}

ir::kernel::Buffers PreparedCase::buffers(const ir::kernel::Program& program) const {
  const Steps steps = make_steps(program);
  ir::kernel::Buffers buffers(program, {{"page_capacity", steps.page_capacity}});
  buffers.write(buffer_of(program, BufferRole::step), steps.slot);
  buffers.write(buffer_of(program, BufferRole::page_table), steps.page_table);
  CHECK(compiler::load_weights(program, compiler::encoded_weights(graph_, source_), buffers),
        "{}: weight refused", case_.name);
  for (const Parameter& parameter : function().parameters)
    write_parameter(parameter, program, buffers);
  for_each_cached(program, history_,
                  [&](std::uint32_t buffer, std::uint64_t word, std::int64_t layer, bool is_value,
                      StepRow at, std::int64_t element) {
                    const float value =
                        element < 0 ? 0 : history_value(layer, is_value, at, element);
                    buffers.write(buffer, std::vector<float>{value}, word * 4);
                  });
  return buffers;
}

void PreparedCase::write_parameter(const Parameter& parameter, const ir::kernel::Program& program,
                                   ir::kernel::Buffers& buffers) const {
  const auto found = parameters_.find(parameter.name);
  if (found == parameters_.end()) return;  // the cache
  for (const std::string_view in_step : {"sequences", "positions", "selected"})
    if (parameter.name == in_step) return;
  const std::uint32_t buffer = buffer_named(program, parameter.name);
  const TensorType& type = function().tensor_type_of(parameter.value);
  const auto width = type.shape.empty() ? 1 : extents_of(type.shape).back();
  const std::uint64_t stride = padded_width(type, width);
  for (std::size_t i = 0; i * static_cast<std::size_t>(width) < found->second.size(); ++i) {
    std::vector<std::uint32_t> row(stride, 0);
    std::copy_n(found->second.begin() + static_cast<std::ptrdiff_t>(i) * width, width, row.begin());
    buffers.write(buffer, row, i * stride * 4);
  }
}

template <class Visit>
void PreparedCase::for_each_cached(const ir::kernel::Program& program,
                                   const std::map<std::uint32_t, std::uint32_t>& lengths,
                                   const Visit& visit) const {
  if (!cache_type_) return;
  const Steps steps = make_steps(program);
  const auto heads = static_cast<std::uint64_t>(cache_type_->kv_heads);
  const auto dim = static_cast<std::uint64_t>(cache_type_->head_dim), dim4 = (dim + 3) / 4;
  const std::uint32_t row_pages = capacities_.pages_per_sequence();
  for (std::int64_t layer = 0; layer < cache_type_->layers; ++layer) {
    const std::uint32_t keys = buffer_named(program, fmt::format("keys.{}", layer));
    const std::uint32_t values = buffer_named(program, fmt::format("values.{}", layer));
    for (const auto& [sequence, length] : lengths)
      for (std::uint32_t position = 0; position < length; ++position)
        for (std::uint64_t head = 0; head < heads; ++head)
          for (std::uint64_t i = 0; i < dim4 * 4; ++i) {
            const std::uint64_t page =
                steps.page_table[sequence * row_pages + position / kPageTokens];
            const std::uint64_t base = (page * heads + head) * kPageTokens * dim4 * 4;
            const std::uint64_t slot = position % kPageTokens;
            const std::int64_t element = i < dim ? static_cast<std::int64_t>(head * dim + i) : -1;
            const StepRow at{sequence, position};
            visit(keys, base + (i / 4 * kPageTokens + slot) * 4 + i % 4, layer, false, at, element);
            visit(values, base + slot * dim4 * 4 + i, layer, true, at, element);
          }
  }
}

std::vector<Expectation> PreparedCase::expectations(const ir::kernel::Program& program) const {
  std::vector<Expectation> out;
  if (result_.is_cache())
    expect_cache(program, out);
  else
    expect_tensor(program, out);
  return out;
}

void PreparedCase::expect_tensor(const ir::kernel::Program& program,
                                 std::vector<Expectation>& out) const {
  const TensorType& type = function().tensor_type_of(function().results[0]);
  const std::uint32_t buffer = program.function("run")->results.at(0);
  if (result_.is_integers()) {
    const auto& ids = result_.integers();
    for (std::size_t i = 0; i < ids.data.size(); ++i)
      if (ids.uncertain.empty() || !ids.uncertain[i])
        out.push_back({buffer, i, true, static_cast<double>(ids.data[i]), 0});
    return;
  }
  const auto& tensor = result_.tensor();
  const std::int64_t width = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (width == 0) return;
  const std::uint64_t stride = padded_width(type, width);
  const std::uint64_t count = tensor.data.size() / static_cast<std::uint64_t>(width);
  for (std::uint64_t row = 0; row < count; ++row)
    for (std::uint64_t i = 0; i < stride; ++i) {
      const bool is_padding = i >= static_cast<std::uint64_t>(width);
      const Bounded value =
          is_padding ? Bounded{} : tensor.data[row * static_cast<std::uint64_t>(width) + i];
      out.push_back({buffer, row * stride + i, false, value.value, value.error});
    }
}

void PreparedCase::expect_cache(const ir::kernel::Program& program,
                                std::vector<Expectation>& out) const {
  const Cache<Bounded>& cache = result_.cache();
  for_each_cached(program, lengths_,
                  [&](std::uint32_t buffer, std::uint64_t word, std::int64_t layer, bool is_value,
                      StepRow at, std::int64_t element) {
                    const auto strip = is_value ? cache.values(layer, at.sequence)
                                                : cache.keys(layer, at.sequence);
                    const auto index =
                        static_cast<std::size_t>(at.position * cache.width() + element);
                    if (element >= 0 && index >= strip.size()) return;  // a layer never written
                    const Bounded value = element < 0 ? Bounded{} : strip[index];
                    out.push_back({buffer, word, false, value.value, value.error});
                  });
}

std::vector<std::string> mismatches(const ir::kernel::Buffers& buffers,
                                    const std::vector<Expectation>& expectations,
                                    std::size_t limit) {
  std::vector<std::string> lines;
  for (const Expectation& e : expectations) {
    if (lines.size() == limit) break;
    const std::uint32_t bits = buffers.read<std::uint32_t>(e.buffer, e.word * 4, 1)[0];
    const double value = e.is_u32 ? bits : std::bit_cast<float>(bits);
    if (!buffers.written(e.buffer, e.word * 4, 4))
      lines.push_back(fmt::format("word {} of buffer {} was not written", e.word, e.buffer));
    else if (!(std::abs(value - e.value) <= e.bound) || !std::isfinite(e.bound))
      lines.push_back(fmt::format("word {} of buffer {} is {:.9g}, not {:.9g} +- {:.3g}", e.word,
                                  e.buffer, value, e.value, e.bound));
  }
  return lines;
}

std::string run_and_compare(const PreparedCase& prepared, const ir::kernel::Program& program,
                            ir::Target target, std::uint32_t subgroup_size) {
  ir::kernel::Buffers buffers = prepared.buffers(program);
  ir::kernel::Executor executor(program, target);
  const ir::kernel::RunOptions options{.seed = 5, .subgroup_size = subgroup_size};
  if (const auto fault = executor.run("run", prepared.symbols(), buffers, options))
    return to_string(*fault);
  return fmt::format("{}", fmt::join(mismatches(buffers, prepared.expectations(program)), "\n"));
}

}  // namespace tests::numerics
