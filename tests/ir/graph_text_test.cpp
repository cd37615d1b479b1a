// SPDX-License-Identifier: Apache-2.0
// Graph text: what is printed parses back equal, and what is not a graph is refused at its place.
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "ir/graph/graph.h"

namespace {

using namespace ir::graph;  // NOLINT

std::string every_op() {
  std::ifstream file(std::string(WEBLLM_SOURCE_DIR) + "/tests/ir/every_op.graph");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(GraphText, HasAnExampleOfEveryOp) {
  const auto graph = parse(every_op(), "every_op.graph");
  ASSERT_TRUE(graph) << to_string(graph.error());
  std::set<std::string_view> seen;
  for (const Function& function : graph->functions)
    for (const Node& node : function.nodes) seen.insert(table(node.op).name);
  for (const OpTable* op : all_op_tables())
    EXPECT_TRUE(seen.contains(op->name)) << "add " << op->name << " to tests/ir/every_op.graph";
}

TEST(GraphText, PrintsWhatItParses) {
  const auto graph = parse(every_op(), "every_op.graph");
  ASSERT_TRUE(graph) << to_string(graph.error());
  const std::string text = print(*graph);
  const auto again = parse(text, "again");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(print(*again), text);
  EXPECT_TRUE(same_graph(*graph, *again));
  EXPECT_TRUE(same_graph(*again, *graph));
}

// One op of each name, by name alone: its table and the variant agree.
TEST(GraphText, MakesEveryOpByName) {
  for (const OpTable* expected : all_op_tables()) {
    const auto op = make_op(expected->name);
    ASSERT_TRUE(op) << expected->name;
    EXPECT_EQ(&table(*op), expected);
  }
  EXPECT_FALSE(make_op("no_such_op"));
}

TEST(GraphText, PrintsRealsThatParseToTheSameBits) {
  Graph graph{.architecture = "Reals", .weights = {}, .functions = {}};
  Function function{.name = "f", .parameters = {}, .nodes = {}, .results = {}, .types = {}};
  Builder build(graph, function);
  build.at("reals");
  const double values[] = {0.1, -0.0, 1e-300, 1e300 / 1e280, 1.0 / 3, 123456789, 0x1p-149, 5e-324};
  for (const double value : values) function.results.push_back(build.emit(Constant{value}));
  graph.functions.push_back(std::move(function));
  const auto again = parse(print(graph), "reals");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_TRUE(same_graph(graph, *again));
}

TEST(GraphText, TellsGraphsApart) {
  const std::string text = every_op();
  const auto graph = parse(text, "every_op.graph");
  ASSERT_TRUE(graph);
  const std::pair<std::string, std::string> changes[] = {
      {"epsilon=1e-05", "epsilon=1e-06"},
      {"at \"embed\"", "at \"emb\""},
      {"sub %added, %a", "sub %a, %added"},
      {"weight @head: q4", "weight @head: tile_f16"},
      {"_, @norm.weight", "@norm.weight, _"},
      {"rows(\"q\", ", "rows(\"Q\", "},
      {"return %gram, %best", "return %gram, %greedy"},
      {"func arithmetic", "func arithmetics"},
      {"constant value=10", "constant value=11"},
      {"layer=1, heads=2 ", "layer=0, heads=2 "}};
  for (const auto& [from, to] : changes) {
    std::string changed = text;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), from.size(), to);
    const auto other = parse(changed, "changed");
    ASSERT_TRUE(other) << from << ": " << to_string(other.error());
    EXPECT_FALSE(same_graph(*graph, *other)) << from;
  }
}

struct Fault {
  std::string_view text;
  ir::DiagnosticKind kind;
  int line;
  std::string_view message;
};

constexpr auto kSyntax = ir::DiagnosticKind::graph_syntax;
constexpr auto kInvalid = ir::DiagnosticKind::graph_invalid;

constexpr Fault kFaults[] = {
    {"", kSyntax, 1, "expected 'graph', found the end of the text (column 1)"},
    {"graph g\nfunk f", kSyntax, 2,
     "expected 'func' or the end of the text, found 'funk' (column 1)"},
    {"graph g\nweight w", kSyntax, 2, "expected the weight's @name, found 'w' (column 8)"},
    {"graph g\nweight @w: q5[1, 2]", kInvalid, 2, "there is no encoding q5 (column 12)"},
    {"graph g\nweight @w: f32[-1]", kInvalid, 2, "extent -1 is out of range (column 16)"},
    {"graph g\nweight @w: f32[99999999999999999999]", kSyntax, 2,
     "expected an integer, found '99999999999999999999' (column 16)"},
    {"graph g\nweight @w: f32[1]\nweight @w: f32[1]", kInvalid, 3,
     "weight @w is declared twice (column 8)"},
    {"graph g\nfunc f(%a: f33[1]) { return %a }", kInvalid, 2,
     "there is no element type f33 (column 12)"},
    {"graph g\nfunc f(%a: f32[1], %a: f32[1]) { return %a }", kInvalid, 2,
     "%a is defined twice (column 20)"},
    {"graph g\nfunc f() {\n  return %b\n}", kInvalid, 3,
     "%b is not defined before it is used (column 10)"},
    {"graph g\nfunc f() {\n  return @w\n}", kInvalid, 3, "weight @w is not declared (column 10)"},
    {"graph g\nfunc f(%a: f32[1]) {\n  %b = expp %a\n  return %b }", kInvalid, 3,
     "there is no op expp (column 8)"},
    {"graph g\nfunc f(%a: f32[1]) {\n  %b = weight weight=0\n  return %b }", kInvalid, 3,
     "there is no op weight (column 8)"},
    {"graph g\nfunc f(%a: f32[1]) {\n  %b = exp _\n  return %b }", kSyntax, 3,
     "expected a value, found '_' (column 12)"},
    {"graph g\nfunc f(%a: f32[4]) {\n  %b = slice %a, start=0, end=2\n  return %b }", kSyntax, 3,
     "expected 'begin=...', found 'start' (column 18)"},
    {"graph g\nfunc f(%a: f32[4]) {\n  %b = slice %a, begin=zero, end=2\n  return %b }", kSyntax, 3,
     "expected an integer, found 'zero' (column 24)"},
    {"graph g\nfunc f(%a: f32[4]) {\n  %b = constant value=1.5x, dtype=f32\n  return %b }", kSyntax,
     3, "expected ',', found 'x' (column 26)"},
    {"graph g\nfunc f(%a: f32[4]) {\n  %b = exp %a : f32[5]\n  return %b }", kInvalid, 3,
     "exp gives f32[4], but the text says f32[5] (column 17)"},
    {"graph g\nfunc f(%a: u32[4]) {\n  %b = exp %a\n  return %b }", kInvalid, 3,
     "exp: x must be f32, but is u32[4] (column 8)"},
    {"graph g\nfunc f(%a: f32[4]) { return %a }\nfunc f(%a: f32[4]) { return %a }", kInvalid, 3,
     "function f is defined twice (column 6)"},
    {"graph g\nfunc f(%a: f32[4]) {\n  return %a\n", kSyntax, 4,
     "expected '}', found the end of the text (column 1)"},
    {"graph \"g\n\"", kSyntax, 1, "a quoted text does not end on its line (column 9)"},
    {"graph \"\\q\"", kSyntax, 1, "a backslash must be followed by \", \\, n or xHH (column 9)"},
    {"graph g\nweight @: f32[1]", kSyntax, 2, "a name is missing (column 9)"},
    {"graph g;", kSyntax, 1, "unexpected character \";\" (column 8)"},
};

TEST(GraphText, RefusesWhatIsNotAGraph) {
  for (const Fault& fault : kFaults) {
    const auto graph = parse(fault.text, "x.graph");
    ASSERT_FALSE(graph) << fault.text;
    EXPECT_EQ(graph.error().message, fault.message) << fault.text;
    EXPECT_EQ(graph.error().kind, fault.kind) << fault.text;
    EXPECT_EQ(graph.error().where, (ir::Location{.path = "x.graph", .line = fault.line}))
        << fault.text;
  }
}

// Types and provenance may be left out, blanks and comments put in.
TEST(GraphText, IsFreeInItsBlanks) {
  const auto graph =
      parse("graph g // a graph\nfunc f(%a:f32[4]){%b=exp %a //e\n return %b,%a}", "");
  ASSERT_TRUE(graph) << to_string(graph.error());
  EXPECT_EQ(print(*graph),
            "graph g\n\nfunc f(%a: f32[4]) {\n  %0 = exp %a : f32[4]\n  return %0, %a\n}\n");
}

}  // namespace
