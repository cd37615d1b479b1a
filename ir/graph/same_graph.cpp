// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ir/graph/graph.h"

namespace ir::graph {
namespace {

bool same_weight(const WeightDecl& a, const WeightDecl& b) {
  return a.name == b.name && a.shape == b.shape && a.encoding == b.encoding &&
         a.sources == b.sources;
}

// Compares two functions while it maps the values of the first to those of the second.
class Correspondence {
 public:
  Correspondence(const Function& a, const Function& b) : a_(a), b_(b), to_b_(a.types.size()) {}

  bool holds() {
    if (a_.name != b_.name || a_.parameters.size() != b_.parameters.size()) return false;
    for (std::size_t i = 0; i < a_.parameters.size(); ++i) {
      if (a_.parameters[i].name != b_.parameters[i].name) return false;
      if (!pair(a_.parameters[i].value, b_.parameters[i].value)) return false;
    }
    return pair_weights() && pair_nodes() && same(a_.results, b_.results);
  }

 private:
  bool pair(Value a, Value b) {
    to_b_[a.id] = b;
    return a_.type_of(a) == b_.type_of(b);
  }

  // Weight nodes correspond when they name the same weight, wherever they stand.
  bool pair_weights() {
    for (const Node& node : a_.nodes) {
      if (const auto* weight = std::get_if<Weight>(&node.op)) {
        for (const Node& other : b_.nodes) {
          const auto* candidate = std::get_if<Weight>(&other.op);
          if (candidate && candidate->weight == weight->weight) pair(node.result, other.result);
        }
      }
    }
    return true;
  }

  bool pair_nodes() {
    const auto computes = [](const Node& node) { return !std::holds_alternative<Weight>(node.op); };
    auto other = b_.nodes.begin();
    for (const Node& node : a_.nodes) {
      if (!computes(node)) continue;
      other = std::find_if(other, b_.nodes.end(), computes);
      if (other == b_.nodes.end() || node.provenance != other->provenance) return false;
      if (!same(node.op, other->op) || !pair(node.result, other->result)) return false;
      ++other;
    }
    return std::none_of(other, b_.nodes.end(), computes);
  }

  bool same(Value a, Value b) const { return a ? b && to_b_[a.id] == b : !b; }
  bool same(const std::vector<Value>& a, const std::vector<Value>& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [this](Value x, Value y) { return same(x, y); });
  }
  template <class T>
  bool same(const T& a, const T& b) const {
    return a == b;
  }
  bool same(const Op& a, const Op& b) const {
    if (a.index() != b.index()) return false;
    return std::all_of(table(a).begin(), table(a).end(), [&](const Field& field) {
      bool equal = false;
      visit_field(address(a), field, [&]<class T>(const T& value) {
        equal = same(value, field_as<T>(address(b), field));
      });
      return equal;
    });
  }

  const Function& a_;
  const Function& b_;
  std::vector<Value> to_b_;
};

}  // namespace

bool same_graph(const Graph& a, const Graph& b) {
  return a.architecture == b.architecture &&
         std::equal(a.weights.begin(), a.weights.end(), b.weights.begin(), b.weights.end(),
                    same_weight) &&
         std::equal(
             a.functions.begin(), a.functions.end(), b.functions.begin(), b.functions.end(),
             [](const Function& x, const Function& y) { return Correspondence(x, y).holds(); });
}

}  // namespace ir::graph
