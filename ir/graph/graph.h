// SPDX-License-Identifier: Apache-2.0
// Graph: named functions of tensors, and the weights they refer to. The upper of the two IR levels.
//
//   graph LlamaForCausalLM
//   weight @model.norm.weight: f32[64]
//   weight @model.layers.0.self_attn.qkv: q4[128, 64] = rows("model...q_proj.weight", ...)
//
//   func forward(%tokens: u32[rows], ..., %cache: cache[5 x 4 x 8]) {
//     %0 = gather @model.embed_tokens.weight, %tokens : f32[rows, 64] at "model.embed_tokens"
//     ...
//     return %97, %96
//   }
//
// Every op has one result. Values are numbered in the order in which they are defined.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/encoding/encoding.h"
#include "ir/graph/op.h"
#include "ir/graph/type.h"
#include "ir/support/result.h"

namespace ir::graph {

// A tensor of the model as the program stores it: one or several tensors of the checkpoint, their
// rows concatenated, in one encoding.
struct WeightDecl {
  std::string name;
  std::vector<std::int64_t> shape;  // rank 1 or 2; logical, without padding
  Encoding encoding = Encoding::f32;
  std::vector<std::string> sources;  // names in the TensorSource; at least one
};

struct Node {
  Op op;
  Value result;
  std::string provenance;  // the module it came from: "model.layers.3.self_attn.q_proj"
};

struct Parameter {
  std::string name;
  Value value;
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<Node> nodes;
  std::vector<Value> results;
  std::vector<Type> types;  // of each value, by id

  const Type& type_of(Value value) const { return types[value.id]; }
  const TensorType& tensor_type_of(Value value) const {
    return std::get<TensorType>(type_of(value));
  }
};

// The functions of a language model:
//   forward(tokens, sequences, positions, cache) -> hidden f32[rows, width], cache
//   head(hidden, selected u32[outputs])          -> logits f32[outputs, vocabulary]
//   greedy(hidden, selected)                     -> ids u32[outputs]: argmax(head(...)), fused
struct Graph {
  std::string architecture;
  std::vector<WeightDecl> weights;
  std::vector<Function> functions;

  const Function* function(std::string_view name) const;
  std::optional<std::uint32_t> weight(std::string_view name) const;
};

// Builds a function at its end. Type errors are broken laws here; text input is checked by the
// parser, which uses `infer` itself.
class Builder {
 public:
  Builder(Graph& graph, Function& function) : graph_(graph), function_(function) {}

  // The provenance given to nodes from now on.
  void at(std::string provenance) { provenance_ = std::move(provenance); }

  Value parameter(std::string name, Type type);
  // Appends a node; its result type is inferred.
  Value emit(Op op);
  // The value of a weight already declared; one Weight node per function and weight.
  Value weight(std::uint32_t index);
  void returns(std::vector<Value> results) { function_.results = std::move(results); }

  Graph& graph() { return graph_; }
  Function& function() { return function_; }
  const TensorType& type_of(Value value) const { return function_.tensor_type_of(value); }

 private:
  Value append(Op op, std::string provenance);

  Graph& graph_;
  Function& function_;
  std::string provenance_;
  std::map<std::uint32_t, Value> weights_;  // of the nodes before scanned_
  std::size_t scanned_ = 0;
};

// The result type of an op whose operands have the types in `function`; an error (kind
// graph_invalid) names the operand and the rule that it breaks.
Result<Type> infer(const Graph& graph, const Function& function, const Op& op);

// Expands a composite op by its decomposition, at the end of the builder's function; a primitive
// is emitted as it is.
Value expand(const Op& op, Builder& build);

// Whether two graphs say the same: equal declarations, and functions with equal nodes in equal
// order. Numbering of values, and where weights were first named, do not count.
bool same_graph(const Graph& a, const Graph& b);

std::string print(const Graph& graph);
// Errors: graph_syntax, graph_invalid, with the line of the text. parse(print(g)) prints equal.
Result<Graph> parse(std::string_view text, std::string_view file_name);

// What a graph must satisfy, by stage; the numbered laws stand in verify.cpp.
enum class Stage { built, quantized, fused };
Result<void> verify(const Graph& graph, Stage stage);

}  // namespace ir::graph
