// SPDX-License-Identifier: Apache-2.0
// The closed list of graph ops. Adding a composite op: its header and .cpp in ops/, its name here.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ir/graph/ops/attention.h"
#include "ir/graph/ops/linear.h"
#include "ir/graph/ops/linear_add.h"
#include "ir/graph/ops/linear_argmax.h"
#include "ir/graph/ops/linear_swiglu.h"
#include "ir/graph/ops/norm_linear.h"
#include "ir/graph/ops/norm_linear_argmax.h"
#include "ir/graph/ops/norm_linear_swiglu.h"
#include "ir/graph/ops/primitives.h"
#include "ir/graph/ops/rms_norm.h"
#include "ir/graph/ops/rope.h"
#include "ir/graph/ops/rope_attention.h"
#include "ir/graph/ops/rope_cache_write.h"
#include "ir/graph/ops/softmax.h"
#include "ir/graph/ops/swiglu.h"

namespace ir::graph {

using Op = std::variant<
    // primitives
    Weight, Constant, Iota, Gather, MatmulNt, Add, Sub, Mul, Div, Maximum, Exp, Neg, Rsqrt, Tanh,
    LessEqual, Select, ReduceSum, ReduceMax, Argmax, Reshape, Transpose, Slice, Concat, RopeTable,
    CacheWrite, CacheKeys, CacheValues,
    // composites
    Linear, LinearAdd, LinearArgmax, LinearSwiglu, RmsNorm, NormLinear, NormLinearArgmax,
    NormLinearSwiglu, Softmax, Swiglu, Rope, Attention, RopeCacheWrite, RopeAttention>;

// The table and the address of whichever op `op` holds.
const OpTable& table(const Op& op);
const void* address(const Op& op);
void* address(Op& op);

// All op tables, in the order of the variant: what the parser looks names up in.
std::span<const OpTable* const> all_op_tables();

// A default-made op of the given name; nullopt when there is none.
std::optional<Op> make_op(std::string_view name);

// Calls `visit` with every operand that is present, in field order.
void for_each_operand(const Op& op, const std::function<void(Value)>& visit);
// Replaces every operand that is present by what `map` returns for it.
void map_operands(Op& op, const std::function<Value(Value)>& map);

}  // namespace ir::graph
