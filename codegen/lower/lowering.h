// SPDX-License-Identifier: Apache-2.0
// Lowering: what a kernel form works with while a graph is turned into a program. It knows where
// each value lives, makes buffers, and collects kernels (equal ones once) and dispatches.
//
//   bool lower_norm(const Node& node, Lowering& l) {
//     const auto* norm = std::get_if<RmsNorm>(&node.op);
//     if (!norm) return false;
//     const Place x = l.place(norm->x), y = l.allocate(node.result);
//     l.dispatch(write_norm(l.width_of(norm->x), norm->epsilon),
//                {x.buffer, l.weight_buffer(norm->weight), y.buffer}, {l.rows_of(norm->x), 1, 1});
//     return true;
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/lower/lower.h"
#include "runtime/formats/step_layout.h"

namespace codegen::lower {

// Rows of activations are padded to a multiple of 32 elements; the padding is always 0, so that
// kernels may read whole groups of a weight's encoding without a guard.
inline constexpr std::uint32_t kRowPadding = 32;

// Steps of more rows than these take forms that share what they read among rows, others forms that
// compute each row alone. Both give the same bits.
inline constexpr std::uint32_t kFewRows = 4;

constexpr std::uint64_t row_stride(std::uint64_t width) {
  return (width + kRowPadding - 1) / kRowPadding * kRowPadding;
}

// f32 tensors of rank 2 with a constant width are rows with a padded stride; everything else is
// dense and row-major.
inline bool is_row_shape(const ir::graph::TensorType& type) {
  return type.dtype == ir::DType::f32 && type.shape.size() == 2 && type.shape[1].is_constant();
}

// Where a tensor lives.
struct Place {
  std::uint32_t buffer = 0;
  std::uint32_t offset = 0;  // in 4-byte words
  bool in_step = false;      // part of the step buffer, whose elements are u32 bits
};

// What one workgroup takes at most of a matrix: large ones are cut between such runs of rows.
inline constexpr std::uint64_t kPartRows = 64;

// Some rows of a weight, in a buffer of their own; all rows where it fits into one.
struct WeightPart {
  std::uint32_t buffer = 0;
  ir::kernel::RowRange rows;
};

// Where the keys and values of one layer live: pages of 64 positions (page_tokens).
//   keys   [page][kv_head][head_dim / 4][64 positions][4]
//   values [page][kv_head][64 positions][head_dim, padded to 4]
struct CachePools {
  std::uint32_t keys = 0, values = 0;  // buffers
};

// Writes a kernel for a target. It may use what the target has; bindings and grid are the same for
// all. The first dispatch checks a variant on a GPU (runtime/web/gpu/self_check.ts): bounds of its
// loops must not come from other memory than the step buffer.
using KernelWriter = std::function<ir::kernel::Kernel(const ir::Target& target)>;

class Lowering {
 public:
  Lowering(const ir::graph::Graph& graph, const LowerOptions& options);

  // Lowers all functions; call once.
  ir::kernel::Program run() &&;

  // Everything below is for forms.

  const ir::graph::Type& type_of(ir::graph::Value v) const { return scope_.function->type_of(v); }
  const ir::graph::Shape& shape_of(ir::graph::Value v) const {
    return scope_.function->tensor_type_of(v).shape;
  }
  // The constant width of a value's last axis.
  std::uint64_t width_of(ir::graph::Value v) const;
  // An extent as a plan variable: rows, outputs, or pages * 64 for the context.
  ir::kernel::SizeExpr size_of(const ir::graph::Dim& dim) const;
  // The extent of a value's first axis.
  ir::kernel::SizeExpr rows_of(ir::graph::Value v) const { return size_of(shape_of(v)[0]); }
  // The node that defines a value; nullptr for a parameter.
  const ir::graph::Node* definition(ir::graph::Value v) const;
  // The node after one, weights left out; nullptr after the last.
  const ir::graph::Node* next(const ir::graph::Node& node) const;

  // The weight behind a value, if it is one, and where it lies. Matrices may have several parts,
  // cut at the same rows where shapes and encodings are equal.
  const ir::kernel::StoredTensor* weight_of(ir::graph::Value v) const;
  const std::vector<WeightPart>& weight_parts(ir::graph::Value v) const;
  // The buffer of a weight that has one part, as vectors do.
  std::uint32_t weight_buffer(ir::graph::Value v) const;

  Place place(ir::graph::Value v) const;
  // A scratch buffer for a node's result, or the place that the function's contract gives it. The
  // same place for every form that lowers the node.
  Place allocate(ir::graph::Value v);
  // The value lives where another does.
  void alias(ir::graph::Value v, Place place) { scope_.places[v.id] = place; }
  // A scratch buffer that is no graph value.
  std::uint32_t scratch(std::string name, const ir::kernel::SizeExpr& bytes);

  std::uint32_t step_buffer() const { return step_; }
  std::uint32_t page_table_buffer() const { return page_table_; }
  const CachePools& pools(std::int64_t layer) const {
    return pools_[static_cast<std::size_t>(layer)];
  }
  const ir::graph::CacheType& cache() const { return *cache_; }
  const ir::kernel::Capacities& capacities() const { return program_.capacities; }
  const runtime::formats::StepLayout& step_layout() const { return step_layout_; }
  // Where the host writes the rope rows of this table.
  Place rope_place(const ir::graph::RopeTable& table) const;

  // Appends a dispatch, with the present node's provenance. Of a kernel written for several
  // targets, versions that differ become variants.
  void dispatch(const KernelWriter& write, const std::vector<std::uint32_t>& buffers,
                const std::array<ir::kernel::SizeExpr, 3>& grid);
  void dispatch(ir::kernel::Kernel kernel, std::vector<std::uint32_t> buffers,
                std::array<ir::kernel::SizeExpr, 3> grid);
  // What the form dispatches from here on is for these sizes only; for others the forms after it
  // are asked. A form that says so must still claim the node.
  void only_when(ir::kernel::SizeExpr condition) { condition_ = std::move(condition); }
  // What the present form dispatches from here on computes the next node, too, for its sizes.
  void with_next(const ir::graph::Node& next);
  // The most rows of a step that are left to the present form.
  std::uint64_t most_rows() const;
  // Lowers a composite by lowering its decomposition.
  void lower_expanded(const ir::graph::Node& node);

 private:
  // The function whose nodes are being lowered: one of the graph, or an expansion.
  struct Scope {
    const ir::graph::Function* function = nullptr;
    std::vector<std::optional<Place>> places;         // by value
    std::vector<const ir::graph::Node*> definitions;  // by value
    std::map<std::uint32_t, Place> fixed;             // results whose place is given from outside
    std::map<std::uint32_t, ir::kernel::SizeExpr> lowered;  // with the node before, for these sizes
  };
  // What a form wrote, under the name it gave, and where that is now.
  struct WrittenKernel {
    std::vector<ir::kernel::Kernel> versions;
    std::uint32_t index;
  };
  static Scope scope_of(const ir::graph::Function& function);

  void add_rope_rows();
  void add_buffers();
  void add_weight(std::uint32_t index);
  void lower_function(const ir::graph::Function& function);
  void name_parameters();
  void add_draw(const ir::graph::Function& head);
  void fix_results(const ir::graph::Function& function);
  void place_parameters(const ir::graph::Function& function);
  void lower_nodes();
  void lower_node(const ir::graph::Node& node);
  bool is_possible(const ir::kernel::SizeExpr& condition) const;
  ir::kernel::SizeExpr capacity_bytes(const ir::graph::TensorType& type) const;
  std::uint32_t add_buffer(std::string name, ir::kernel::BufferRole role,
                           ir::kernel::SizeExpr bytes, std::uint32_t weight = 0);
  std::uint32_t kernel_index(std::vector<ir::kernel::Kernel> versions);
  void append(std::vector<ir::kernel::Kernel> versions, std::vector<std::uint32_t> buffers,
              std::array<ir::kernel::SizeExpr, 3> grid);
  std::string unused_name(std::string_view base) const;

  ir::graph::Graph graph_;  // a copy: expansions intern weights in it
  const LowerOptions& options_;
  ir::kernel::Program program_;
  const ir::graph::CacheType* cache_ = nullptr;
  runtime::formats::StepLayout step_layout_;
  std::uint32_t step_ = 0, tokens_ = 0, page_table_ = 0;
  std::vector<std::vector<WeightPart>> weight_parts_;
  std::vector<CachePools> pools_;
  std::map<std::string, Place, std::less<>> carried_;  // hidden, logits: from function to function
  std::vector<WrittenKernel> written_;                 // each once

  Scope scope_;
  std::string provenance_;
  ir::kernel::SizeExpr rest_ = 1;       // for which sizes the present node is still to be lowered
  ir::kernel::SizeExpr condition_ = 1;  // for which of them the present form does it
};

// A form lowers a node, or returns false because it is not meant for it. A node may be lowered by
// several forms, each for some sizes (Lowering::only_when).
struct Form {
  std::string_view name;
  bool (*lower)(const ir::graph::Node& node, Lowering& l);
};

// In the order in which they are tried; the last claims everything.
std::span<const Form> forms();

}  // namespace codegen::lower
