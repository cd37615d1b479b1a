// SPDX-License-Identifier: Apache-2.0
// Any bytes as graph text: refused with a diagnostic, or parsed to a graph that prints to text of
// the same meaning. Seed: tests/ir/every_op.graph.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ir/graph/graph.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ir::graph;  // NOLINT
  const auto graph = parse({reinterpret_cast<const char*>(data), size}, "fuzz.graph");
  if (!graph) return 0;
  const auto again = parse(print(*graph), "again.graph");
  if (!again || !same_graph(*graph, *again)) std::abort();
  for (const Stage stage : {Stage::built, Stage::quantized, Stage::fused})
    if (const auto laws = verify(*graph, stage); !laws && laws.error().message.empty())
      std::abort();
  return 0;
}
