// SPDX-License-Identifier: Apache-2.0
// DrawCase: one step in which kernels draw a token for each of several sequences, from logits that
// are given. The processor's sampler says what they must draw.
//
//   {.name = "top_p_5000", .vocabulary = 5000, .settings = {.top_p = 0.9F}}
//
// Every sequence draws with its own seed from its own row. In rows of odd index many logits are
// equal, in the last one some are no numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ir/kernel/buffers.h"
#include "ir/kernel/program.h"
#include "runtime/host/sampler.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {

struct DrawCase {
  std::string name;
  std::uint32_t vocabulary = 50;
  runtime::host::SamplerSettings settings;
  std::uint32_t sequences = 4;
  float deviation = 3;            // of the logits
  bool biased = false;            // the first tokens, and one of them very much
  std::uint32_t mask_period = 0;  // one token of so many is allowed; 0: all
};

inline void PrintTo(const DrawCase& draw_case, std::ostream* out) { *out << draw_case.name; }

std::vector<DrawCase> draw_cases();

// The case made ready to run: functions `draw` and `logprobs` of its program.
class PreparedDraw {
 public:
  explicit PreparedDraw(const DrawCase& draw_case);

  const ir::kernel::Program& program() const { return program_; }
  ir::kernel::Symbols symbols() const;
  ir::kernel::Buffers buffers() const;
  // Tokens, how often they were drawn, and log probabilities.
  const std::vector<Expectation>& expectations() const { return expectations_; }

 private:
  std::vector<std::uint32_t> mask() const;
  std::vector<float> row_of(std::uint32_t sequence) const;
  void draw(std::uint32_t sequence);
  void expect_logprobs(std::uint32_t sequence, const runtime::host::Sampler& sampler,
                       const runtime::host::Sample& sample);
  std::uint32_t buffer_named(std::string_view name) const;

  DrawCase case_;
  ir::kernel::Program program_;
  std::vector<std::vector<std::uint32_t>> states_;  // what the host keeps, by sequence
  std::vector<Expectation> expectations_;
};

}  // namespace tests::numerics
