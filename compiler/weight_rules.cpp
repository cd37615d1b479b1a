// SPDX-License-Identifier: Apache-2.0
#include "compiler/weight_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "compiler/spelling.h"

namespace compiler {
namespace {

constexpr std::string_view kSuffix = ".weight";

ir::Diagnostic bad_rule(std::string message, std::string help) {
  return {.kind = ir::DiagnosticKind::bad_usage,
          .message = std::move(message),
          .help = std::move(help)};
}

// What each matrix may be called: its own name, that without ".weight", the modules that use it.
using Names = std::set<std::string>;
std::vector<Names> names_of_matrices(const ir::graph::Graph& graph) {
  std::vector<Names> names(graph.weights.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = graph.weights[i].name;
    names[i].insert(name);
    if (name.ends_with(kSuffix)) names[i].insert(name.substr(0, name.size() - kSuffix.size()));
  }
  for (const ir::graph::Function& function : graph.functions) {
    std::map<std::uint32_t, std::uint32_t> weights;  // by value
    for (const ir::graph::Node& node : function.nodes) {
      if (const auto* weight = std::get_if<ir::graph::Weight>(&node.op))
        weights[node.result.id] = weight->weight;
      for_each_operand(node.op, [&](ir::graph::Value value) {
        const auto found = weights.find(value.id);
        if (found == weights.end()) return;
        if (!node.provenance.empty()) names[found->second].insert(node.provenance);
        if (function.name == "head") names[found->second].insert("lm_head");  // tied, too
      });
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (graph.weights[i].shape.size() != 2) names[i].clear();
  return names;
}

ir::Diagnostic names_nothing(const WeightRule& rule, const std::vector<Names>& matrices) {
  std::vector<std::string> all;
  for (const Names& names : matrices) all.insert(all.end(), names.begin(), names.end());
  const std::string meant = nearest(rule.pattern, all);
  constexpr std::size_t kShown = 4;
  if (all.size() > kShown) all.resize(kShown);
  return bad_rule(fmt::format("--quantize: \"{}\" names no matrix of this model", rule.pattern),
                  meant.empty() ? fmt::format("its matrices are {}, ...", fmt::join(all, ", "))
                                : fmt::format("did you mean {}?", meant));
}

}  // namespace

ir::Result<WeightRule> parse_weight_rule(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0)
    return bad_rule(fmt::format("--quantize: \"{}\" is not PATTERN=NAME", text),
                    "for example --quantize 'lm_head=q8f16_1'");
  const std::string_view name = text.substr(equals + 1);
  const Quantization* quantization = quantization_named(name);
  if (quantization != nullptr) return WeightRule{std::string(text.substr(0, equals)), quantization};
  std::vector<std::string_view> known;
  for (const Quantization& row : kQuantizations) known.push_back(row.name);
  return bad_rule(fmt::format("--quantize: there is no quantization \"{}\"", name),
                  fmt::format("choose one of {}", fmt::join(known, ", ")));
}

std::string to_string(std::span<const WeightRule> rules) {
  std::string text;
  for (const WeightRule& rule : rules)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", rule.pattern, rule.quantization->name);
  return text;
}

ir::Result<std::vector<WeightRule>> parse_weight_rules(std::string_view text) {
  std::vector<WeightRule> rules;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    TRY(WeightRule rule, parse_weight_rule(text.substr(0, end)));
    rules.push_back(std::move(rule));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

// After a mismatch the last `*` takes one character more: linear in memory, and at most quadratic
// in time.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ir::Result<EncodingByName> apply_weight_rules(const ir::graph::Graph& graph,
                                              std::span<const WeightRule> rules) {
  EncodingByName encodings;
  const std::vector<Names> matrices = names_of_matrices(graph);
  for (const WeightRule& rule : rules) {
    bool is_used = false;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      const bool named =
          std::any_of(matrices[i].begin(), matrices[i].end(),
                      [&](const std::string& name) { return matches(rule.pattern, name); });
      if (!named) continue;
      encodings[graph.weights[i].name] = rule.quantization->matrices;
      is_used = true;
    }
    if (!is_used) return names_nothing(rule, matrices);
  }
  return encodings;
}

}  // namespace compiler
