// SPDX-License-Identifier: Apache-2.0
// The passes, in order: one row each. --help, --passes, --print-after, --stop-after, --verify-each
// and --time-passes all read this table. A new pass: its file pair, one row here.
//
//   Graph --quantize, fuse--> Graph --lower--> Program --prune, plan--> Program
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <variant>

#include "codegen/lower/lower.h"
#include "compiler/quantization.h"
#include "ir/graph/graph.h"
#include "ir/kernel/program.h"
#include "passes/graph/fuse_argmax.h"
#include "passes/graph/fuse_attention.h"
#include "passes/graph/fuse_norm.h"
#include "passes/graph/fuse_residual.h"
#include "passes/graph/fuse_swiglu.h"
#include "passes/graph/quantize_weights.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"

namespace compiler {

// What the passes of one compilation are told.
struct PassOptions {
  const Quantization* quantization = &kQuantizations[0];
  bool keep_encodings = false;        // those that the graph states, instead of the quantization's
  passes::EncodingByName exceptions;  // else these, for the matrices that they name
  codegen::lower::LowerOptions lower;
};

// Each kind of pass with the stage whose laws hold after it.
struct GraphPass {
  void (*run)(ir::graph::Graph&, const PassOptions&);
  ir::graph::Stage after;
};
struct Lowering {
  ir::kernel::Program (*run)(const ir::graph::Graph&, const PassOptions&);
  ir::kernel::Stage after;
};
struct KernelPass {
  void (*run)(ir::kernel::Program&, const PassOptions&);
  ir::kernel::Stage after;
};

enum class Need { optional, required };  // required: without it there is no bundle

struct Pass {
  std::string_view name;
  std::string_view sentence;
  Need need = Need::optional;
  std::variant<GraphPass, Lowering, KernelPass> run;
};

namespace rows {
using ir::graph::Graph;
using ir::graph::Stage;
using ir::kernel::Program;

// A pass that needs no options.
template <void (*pass)(Graph&)>
constexpr GraphPass graph_pass(Stage after) {
  return {[](Graph& graph, const PassOptions&) { pass(graph); }, after};
}
template <void (*pass)(Program&)>
constexpr KernelPass kernel_pass(ir::kernel::Stage after) {
  return {[](Program& program, const PassOptions&) { pass(program); }, after};
}
}  // namespace rows

inline constexpr std::array kPasses = {
    Pass{"quantize-weights", "choose how each weight is stored", Need::required,
         GraphPass{[](rows::Graph& graph, const PassOptions& options) {
                     if (options.keep_encodings) return;
                     passes::quantize_weights(graph,
                                              {options.quantization->matrices, options.exceptions});
                   },
                   rows::Stage::quantized}},
    Pass{"fuse-attention", "one matrix for q, k and v; rotate where they are used", Need::optional,
         rows::graph_pass<passes::fuse_attention>(rows::Stage::quantized)},
    Pass{"fuse-swiglu", "both projections of a gated MLP and their product in one op",
         Need::optional, rows::graph_pass<passes::fuse_swiglu>(rows::Stage::quantized)},
    Pass{"fuse-residual", "add to the residual stream where a linear layer ends", Need::optional,
         rows::graph_pass<passes::fuse_residual>(rows::Stage::quantized)},
    Pass{"fuse-argmax", "pick the most likely token without storing logits", Need::optional,
         rows::graph_pass<passes::fuse_argmax>(rows::Stage::fused)},
    Pass{"fuse-norm", "normalise where a linear layer begins", Need::optional,
         rows::graph_pass<passes::fuse_norm>(rows::Stage::fused)},
    Pass{"lower", "choose a kernel form for every op", Need::required,
         Lowering{[](const rows::Graph& graph, const PassOptions& options) {
                    return codegen::lower::lower(graph, options.lower);
                  },
                  ir::kernel::Stage::lowered}},
    Pass{"prune-values", "drop what a kernel computes and never uses", Need::optional,
         rows::kernel_pass<passes::prune_values>(ir::kernel::Stage::legal)},
    Pass{"plan-memory", "scratch buffers that are never needed together become one", Need::optional,
         rows::kernel_pass<passes::plan_memory>(ir::kernel::Stage::planned)},
};

// `before` must run before `after`; checked at compile time.
struct OrderRule {
  std::string_view before, after, reason;
};
inline constexpr std::array kOrderRules = {
    OrderRule{"quantize-weights", "fuse-attention",
              "matrices are joined when they are stored alike"},
    OrderRule{"fuse-attention", "fuse-norm", "q, k and v share a norm until they are one layer"},
    OrderRule{"fuse-swiglu", "fuse-norm", "gate and up share a norm until they are one layer"},
    OrderRule{"fuse-argmax", "fuse-norm", "it looks for a head that takes what is normalised"},
    OrderRule{"fuse-attention", "lower", "lowering knows fused ops only by name"},
    OrderRule{"fuse-swiglu", "lower", "lowering knows fused ops only by name"},
    OrderRule{"fuse-residual", "lower", "lowering knows fused ops only by name"},
    OrderRule{"fuse-argmax", "lower", "lowering knows fused ops only by name"},
    OrderRule{"fuse-norm", "lower", "lowering knows fused ops only by name"},
    OrderRule{"prune-values", "plan-memory", "a buffer is needed as long as a kernel reads it"},
};

// The row of a pass; kPasses.size() when there is none of that name.
constexpr std::size_t pass_index(std::string_view name) {
  for (std::size_t i = 0; i < kPasses.size(); ++i)
    if (kPasses[i].name == name) return i;
  return kPasses.size();
}

constexpr bool order_rules_hold() {
  for (const OrderRule& rule : kOrderRules) {
    const std::size_t before = pass_index(rule.before), after = pass_index(rule.after);
    if (after == kPasses.size() || before >= after) return false;
  }
  return true;
}
static_assert(order_rules_hold(), "kPasses breaks one of kOrderRules, or a rule names no pass");

// Graph passes, one lowering, kernel passes.
constexpr bool levels_descend() {
  for (std::size_t i = 1; i < kPasses.size(); ++i) {
    const std::size_t above = kPasses[i - 1].run.index(), here = kPasses[i].run.index();
    if (here < above || (here == 1 && above == 1)) return false;
  }
  return true;
}
static_assert(levels_descend(), "graph passes come first, then the lowering, then kernel passes");

}  // namespace compiler
