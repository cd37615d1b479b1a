// SPDX-License-Identifier: Apache-2.0
#include "passes/graph/fuse_attention.h"

#include <array>
#include <map>

#include "passes/graph/rewriter.h"

namespace passes {
namespace {

using namespace ir::graph;  // NOLINT

// The ops of one attention layer, as the architecture wrote them.
struct Pattern {
  std::array<const Linear*, 3> projections{};  // q, k, v
  const Rope* query_rope = nullptr;
  const CacheWrite* write = nullptr;
  const Attention* attention = nullptr;
  const Node* attention_node = nullptr;
};

std::optional<Pattern> match(const Node& node, const Rewriter& r) {
  Pattern p;
  p.write = std::get_if<CacheWrite>(&node.op);
  if (!p.write) return std::nullopt;
  const Rope* key_rope = r.sole<Rope>(p.write->keys);
  for (const Node* user : r.users(node.result))
    if (const auto* attention = std::get_if<Attention>(&user->op);
        attention && attention->cache == node.result) {
      p.attention = attention;
      p.attention_node = user;
    }
  if (!key_rope || !p.attention) return std::nullopt;
  p.query_rope = r.sole<Rope>(p.attention->queries);
  if (!p.query_rope || p.query_rope->table != key_rope->table) return std::nullopt;
  p.projections = {r.sole<Linear>(p.query_rope->x), r.sole<Linear>(key_rope->x),
                   r.sole<Linear>(p.write->values)};
  for (const Linear* projection : p.projections)
    if (!projection || projection->x != p.projections[0]->x ||
        static_cast<bool>(projection->bias) != static_cast<bool>(p.projections[0]->bias))
      return std::nullopt;
  return p;
}

// A weight whose rows are those of the given ones; none if they are stored differently.
std::optional<std::uint32_t> concatenated(Rewriter& r, const std::array<Value, 3>& parts,
                                          std::string name) {
  WeightDecl joined{.name = std::move(name)};
  for (Value part : parts) {
    const auto* weight = r.defined_as<Weight>(part);
    if (!weight) return std::nullopt;
    const WeightDecl& decl = r.graph().weights[weight->weight];
    if (joined.sources.empty()) {
      joined.shape = decl.shape;
      joined.encoding = decl.encoding;
    } else {
      if (decl.encoding != joined.encoding) return std::nullopt;
      joined.shape[0] += decl.shape[0];
    }
    joined.sources.insert(joined.sources.end(), decl.sources.begin(), decl.sources.end());
  }
  r.graph().weights.push_back(std::move(joined));
  return static_cast<std::uint32_t>(r.graph().weights.size() - 1);
}

}  // namespace

void fuse_attention(Graph& graph) {
  std::map<const Node*, RopeAttention> fused;  // attention nodes whose q|k|v row is already made
  rewrite(graph, [&](const Node& node, Rewriter& r) -> std::optional<Value> {
    if (const auto known = fused.find(&node); known != fused.end()) return r.emit(known->second);
    const std::optional<Pattern> p = match(node, r);
    if (!p) return std::nullopt;
    const auto& [q, k, v] = p->projections;
    const auto matrix =
        concatenated(r, {q->weight, k->weight, v->weight}, node.provenance + ".qkv_proj.weight");
    if (!matrix) return std::nullopt;
    std::optional<std::uint32_t> bias;
    if (q->bias) {
      bias = concatenated(r, {q->bias, k->bias, v->bias}, node.provenance + ".qkv_proj.bias");
      if (!bias) return std::nullopt;
    }
    const Value qkv = r.emit(Linear{q->x, r.weight(*matrix), bias ? r.weight(*bias) : Value{}},
                             node.provenance + ".qkv_proj");
    const CacheWrite& write = *p->write;
    const Attention& attention = *p->attention;
    const Value table = p->query_rope->table;
    const Value cache = r.emit(RopeCacheWrite{write.cache, qkv, table, write.sequences,
                                              write.positions, write.layer, attention.heads},
                               node.provenance);
    fused[p->attention_node] = RopeAttention{qkv,
                                             table,
                                             cache,
                                             attention.sequences,
                                             attention.positions,
                                             attention.layer,
                                             attention.heads,
                                             attention.scale};
    return cache;
  });
}

}  // namespace passes
