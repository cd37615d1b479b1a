// SPDX-License-Identifier: Apache-2.0
// The list of numeric cases leaves nothing out: every op of the graph, every kernel form.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codegen/lower/lower.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

TEST(Coverage, NamesAreUnique) {
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

TEST(Coverage, EveryOpHasACase) {
  const std::set<std::string_view> ops = ops_of_all_cases();
  for (const ir::graph::OpTable* table : ir::graph::all_op_tables())
    EXPECT_TRUE(ops.contains(table->name)) << "no numeric case uses the op " << table->name;
}

// A form is used by a case whose program differs without it.
TEST(Coverage, EveryFormHasACase) {
  std::vector<std::string_view> unused = codegen::lower::form_names();
  // What `generic` is for shows in KernelInterpreter. It names what the host computes as well, so
  // that programs without `host` are the same.
  std::erase(unused, "generic");
  std::erase(unused, "host");
  for (const NumericCase& one : all_cases()) {
    if (unused.empty()) break;
    const PreparedCase prepared(one);
    const std::string all = print(prepared.lower({}));
    std::erase_if(unused,
                  [&](std::string_view form) { return print(prepared.lower({form})) != all; });
  }
  for (const std::string_view form : unused) ADD_FAILURE() << "no numeric case uses " << form;
}

}  // namespace
}  // namespace tests::numerics
