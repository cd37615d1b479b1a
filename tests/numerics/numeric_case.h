// SPDX-License-Identifier: Apache-2.0
// The numeric cases: one small graph each, with the rows of the step it is run in. Every engine
// must agree on all of them: the graph interpreter, the kernel interpreter, every GPU.
//
//   {.name = "linear_q4_17x33",
//    .graph = "graph case weight @w: q4[17, 33] func run(%x: f32[rows, 33]) { ... }",
//    .rows = {{0, 0}, {0, 1}}}
//
// The function is called `run` and has one result. Parameters are filled with random numbers, but
// for those that the step buffer holds: sequences, positions, selected. Cases are rows of tables in
// cases_*.cpp: the smallest sizes that cross each border.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "runtime/host/sequences.h"

namespace tests::numerics {

struct NumericCase {
  std::string name;    // letters, digits and '_'
  std::string graph;   // IR text
  std::string family;  // cases of one differ in sizes alone; empty: it is the only one
  std::vector<runtime::host::StepRow> rows = {{0, 0}, {0, 1}, {0, 2}};
  std::vector<std::uint32_t> selected = {0};                  // indices of rows
  double low = -1, high = 1;                                  // of f32 parameters
  std::uint32_t ids = 6;                                      // u32 parameters are below
  std::uint64_t max_weight_bytes = std::uint64_t{128} << 20;  // larger matrices lie in parts
  bool own_rows_cached = false;  // what the rows themselves store was stored before: ops that read
};

// How GoogleTest shows a case.
inline void PrintTo(const NumericCase& numeric_case, std::ostream* out) {
  *out << numeric_case.name;
}

std::vector<NumericCase> elementwise_cases();
std::vector<NumericCase> shape_cases();   // reductions, and ops that only move elements
std::vector<NumericCase> weight_cases();  // everything that reads an encoded matrix
std::vector<NumericCase> cache_cases();   // everything that reads or writes the KV cache
std::vector<NumericCase> qkv_cases();     // projections into the cache

// All of the above.
std::vector<NumericCase> all_cases();
// One in three of each family: for GPUs in software, which take long to compile kernels.
std::vector<NumericCase> gpu_cases();

}  // namespace tests::numerics
