// SPDX-License-Identifier: Apache-2.0
// PreparedCase: a numeric case made ready to run: its inputs, what the graph interpreter says the
// result is, and how far f32 arithmetic may lie from that.
//
//   PreparedCase prepared(a_case);
//   Program program = prepared.lower({});                       // or without some kernel forms
//   Buffers buffers = prepared.buffers(program);                // filled as the host fills them
//   ... run the program's function `run` with prepared.symbols() ...
//   for (const std::string& line : mismatches(buffers, prepared.expectations(program))) ...
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/interpreter.h"
#include "ir/kernel/buffers.h"
#include "ir/kernel/fault.h"
#include "ir/kernel/program.h"
#include "tests/codegen/synthetic_source.h"
#include "tests/numerics/numeric_case.h"

namespace tests::numerics {

// What must lie at one word of a buffer after the run.
struct Expectation {
  std::uint32_t buffer = 0;
  std::uint64_t word = 0;
  bool is_u32 = false;  // exact, otherwise f32 within the bound
  double value = 0;
  double bound = 0;
};

class PreparedCase {
 public:
  explicit PreparedCase(const NumericCase& numeric_case);
  PreparedCase(const PreparedCase&) = delete;
  PreparedCase& operator=(const PreparedCase&) = delete;

  const ir::graph::Graph& graph() const { return graph_; }
  const ir::graph::Function& function() const { return graph_.functions[0]; }

  ir::kernel::Program lower(std::vector<std::string_view> without_forms) const;
  ir::kernel::Buffers buffers(const ir::kernel::Program& program) const;
  ir::kernel::Symbols symbols() const;
  // Results that rounding may change (an argmax between near equals) are left out.
  std::vector<Expectation> expectations(const ir::kernel::Program& program) const;

 private:
  using Bounded = ir::graph::Bounded;
  struct Steps;

  Steps make_steps(const ir::kernel::Program& program) const;
  std::vector<std::uint32_t> random_words(const std::string& name, ir::DType dtype,
                                          std::size_t count) const;
  ir::graph::RuntimeValue<Bounded> make_input(const ir::graph::Parameter& parameter);
  void write_parameter(const ir::graph::Parameter& parameter, const ir::kernel::Program& program,
                       ir::kernel::Buffers& buffers) const;
  std::vector<std::int64_t> extents_of(const ir::graph::Shape& shape) const;
  float history_value(std::int64_t layer, bool is_value, runtime::host::StepRow at,
                      std::int64_t element) const;
  // Calls visit(buffer, word, layer, is_value, sequence, position, element) for all that is cached
  // in the first positions of every sequence.
  template <class Visit>
  void for_each_cached(const ir::kernel::Program& program,
                       const std::map<std::uint32_t, std::uint32_t>& lengths,
                       const Visit& visit) const;
  void expect_tensor(const ir::kernel::Program& program, std::vector<Expectation>& out) const;
  void expect_cache(const ir::kernel::Program& program, std::vector<Expectation>& out) const;

  NumericCase case_;
  ir::graph::Graph graph_;
  tests::SyntheticSource source_;
  ir::kernel::Capacities capacities_;
  std::uint32_t pages_ = 0;                                   // that the longest row looks back on
  std::map<std::uint32_t, std::uint32_t> history_, lengths_;  // cached before, after; by sequence
  std::map<std::string, std::vector<std::uint32_t>> parameters_;  // bits of what the host writes
  const ir::graph::CacheType* cache_type_ = nullptr;
  ir::graph::RuntimeValue<Bounded> result_;
};

// What differs, one line each, at most `limit` of them.
std::vector<std::string> mismatches(const ir::kernel::Buffers& buffers,
                                    const std::vector<Expectation>& expectations,
                                    std::size_t limit = 5);

// Runs `run` in the kernel interpreter with the sanitizer, on a GPU with such subgroups: the fault,
// else what differs.
std::string run_and_compare(const PreparedCase& prepared, const ir::kernel::Program& program,
                            ir::Target target = {}, std::uint32_t subgroup_size = 32);

}  // namespace tests::numerics
