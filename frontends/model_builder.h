// SPDX-License-Identifier: Apache-2.0
// ModelBuilder: what an architecture file writes a model with. It reads like the model's own
// `forward`: weights are named where they are used, and every name is checked against the
// checkpoint.
//
//   Value q = m.linear(x, "self_attn.q_proj", heads * head_dim, hidden, config.qkv_bias);
//
// At the end it reports every tensor that is missing, misshaped or left over.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/model_folder.h"
#include "ir/graph/graph.h"

namespace frontends {

class ModelBuilder {
 public:
  using Value = ir::graph::Value;

  explicit ModelBuilder(const ModelFolder& folder);

  // Starts a function; everything until the next call goes into it.
  void function(std::string name);
  Value parameter(std::string name, ir::graph::Type type);
  void returns(std::vector<Value> results);

  // Names of tensors and provenance are relative to `module` while `body` runs:
  // m.in("layers.3", [&] { m.in("mlp", [&] { ... "down_proj" ... }); })
  template <class Body>
  auto in(std::string_view module, const Body& body) {
    const std::string outer = module_;
    module_ = path(module);
    struct Restore {
      std::string& module;
      std::string outer;
      ~Restore() { module = outer; }
    } restore{module_, outer};
    return body();
  }

  // A tensor of the checkpoint that must have this shape.
  Value weight(std::string_view name, std::vector<std::int64_t> shape);

  // torch.nn.Linear `name`: name.weight [out, in] and, with `bias`, name.bias [out].
  Value linear(Value x, std::string_view name, std::int64_t out, std::int64_t in, bool bias);
  // A norm's name.weight [width].
  Value rms_norm(Value x, std::string_view name, std::int64_t width, double epsilon);
  // Any other op, with the provenance of the present module.
  Value emit(ir::graph::Op op);

  // The finished graph, with `greedy` added. Errors: missing_tensor, shape_mismatch,
  // unsupported_dtype, unused_tensor; the notes name up to eight of a kind.
  ir::Result<ir::graph::Graph> finish() &&;

 private:
  std::string path(std::string_view name) const;
  void note_shape(const ir::TensorEntry& entry, const std::vector<std::int64_t>& shape);
  ir::graph::Builder builder();

  const ModelFolder& folder_;
  ir::graph::Graph graph_;
  std::string module_;
  std::set<std::string, std::less<>> used_;
  std::vector<ir::Note> missing_, misshaped_, unreadable_;
};

}  // namespace frontends
