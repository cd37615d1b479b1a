// SPDX-License-Identifier: Apache-2.0
// The list of numeric cases leaves nothing out: every op of the graph, every kernel form, each with
// every encoding and variant; nor does the shorter list for GPUs.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codegen/lower/lower.h"
#include "ir/encoding/encoding.h"
#include "tests/numerics/kernel_uses.h"

namespace tests::numerics {
namespace {

TEST(CaseList, NamesAreUnique) {
  std::set<std::string> names;
  for (const NumericCase& one : all_cases())
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " is there twice";
}

std::set<std::string_view> ops_of_all_cases() {
  std::set<std::string_view> ops;
  for (const NumericCase& one : all_cases()) {
    const auto graph = ir::graph::parse(one.graph, one.name);
    EXPECT_TRUE(graph) << to_string(graph.error());
    if (!graph) continue;
    for (const ir::graph::Node& node : graph->functions[0].nodes)
      ops.insert(ir::graph::table(node.op).name);
  }
  return ops;
}

TEST(CaseList, EveryOpHasACase) {
  const std::set<std::string_view> ops = ops_of_all_cases();
  for (const ir::graph::OpTable* table : ir::graph::all_op_tables())
    EXPECT_TRUE(ops.contains(table->name)) << "no numeric case uses the op " << table->name;
}

struct Coverage : testing::Test {
  static void SetUpTestSuite() {
    std::set<std::string> on_gpus;
    for (const NumericCase& one : gpu_cases()) on_gpus.insert(one.name);
    for (const NumericCase& one : all_cases()) {
      const std::set<KernelUse> uses = kernel_uses(PreparedCase(one));
      all.insert(uses.begin(), uses.end());
      if (on_gpus.contains(one.name)) gpu.insert(uses.begin(), uses.end());
    }
  }

  inline static std::set<KernelUse> all, gpu;  // of the interpreter's cases and of those for GPUs
};

TEST_F(Coverage, EveryKindOfKernelRunsOnGpus) {
  for (const KernelUse& use : all)
    EXPECT_TRUE(gpu.contains(use)) << "no case for GPUs runs " << to_string(use);
}

TEST_F(Coverage, EveryFormHasACase) {
  for (const std::string_view form : codegen::lower::form_names()) {
    const bool is_used =
        std::any_of(all.begin(), all.end(), [&](const KernelUse& use) { return use.form == form; });
    // What the host computes has no kernel.
    EXPECT_EQ(is_used, form != "host") << form;
  }
}

// A form that reads matrices reads those of every encoding, by every variant that it has: but no
// variant for f16 reads f32.
TEST_F(Coverage, EveryEncodingHasACaseInEveryVariant) {
  for (const KernelUse& use : all)
    for (const ir::EncodingInfo& info : ir::kEncodings) {
      if (use.encoding.empty() || info.columns == 1) continue;
      if (use.f16 && info.encoding == ir::Encoding::tile_f32) continue;
      KernelUse other = use;
      other.encoding = info.name;
      EXPECT_TRUE(all.contains(other)) << "no case runs " << to_string(other);
    }
}

}  // namespace
}  // namespace tests::numerics
