// SPDX-License-Identifier: Apache-2.0
// The primitive ops: a closed set, each with a case in the interpreter (interpreter.cpp), a type
// rule (primitives.cpp) and a lowering in the generic kernel form.
//
// Elementwise ops broadcast as NumPy does: shapes are aligned at the right, an extent of 1 (or a
// missing one) repeats.
#pragma once

#include "ir/graph/field.h"
#include "ir/support/result.h"

namespace ir::graph {

// A tensor of the model, by reference: printed as `@name` where it is used.
struct Weight {
  std::uint32_t weight = 0;
};
// A scalar: f32[] or u32[].
struct Constant {
  double value = 0;
  DType dtype = DType::f32;
};
// 0, 1, 2, ... : u32[extent]; `shape` has one extent.
struct Iota {
  Shape shape;
};

// Rows of a table: table f32[n, width], ids u32[rows] -> f32[rows, width]. An id >= n gives row
// n-1.
struct Gather {
  Value table, ids;
};
// a f32[..., m, k], b f32[..., n, k] -> f32[..., m, n]: a times b transposed. Leading extents
// broadcast; b may be a rank-2 weight.
struct MatmulNt {
  Value a, b;
};

struct Add {
  Value a, b;
};
struct Sub {
  Value a, b;
};
struct Mul {
  Value a, b;
};
struct Div {
  Value a, b;
};
struct Maximum {
  Value a, b;
};
struct Exp {
  Value x;
};
struct Neg {
  Value x;
};
struct Rsqrt {
  Value x;
};
struct Tanh {
  Value x;
};
// a <= b for u32 operands, as u32 0 or 1.
struct LessEqual {
  Value a, b;
};
// condition u32 (0 or not), a and b f32: a where the condition is not 0, else b. Broadcasts.
struct Select {
  Value condition, a, b;
};

// Over the last axis, whose extent becomes 1.
struct ReduceSum {
  Value x;
};
struct ReduceMax {
  Value x;
};
// f32[rows, n] -> u32[rows]: the index of the largest element, the lowest index among equals.
struct Argmax {
  Value x;
};

// Same elements in row-major order; symbols may only move as a whole extent.
struct Reshape {
  Value x;
  Shape shape;
};
struct Transpose {
  Value x;
  std::vector<std::int64_t> permutation;
};
// Elements [begin, end) of the last axis.
struct Slice {
  Value x;
  std::int64_t begin = 0, end = 0;
};
// Joined along the last axis.
struct Concat {
  std::vector<Value> parts;
};

// positions u32[rows] -> f32[rows, 2f]: cos(position * frequency) * scale for each of the f
// frequencies, then the sines. Computed in f64: WGSL's own sin and cos are too coarse.
struct RopeTable {
  Value positions;
  std::vector<double> frequencies;
  double scale = 1;
};

// Stores keys and values f32[rows, kv_heads * head_dim] of one layer at (sequence, position) of
// each row: -> the cache after it.
struct CacheWrite {
  Value cache, keys, values, sequences, positions;
  std::int64_t layer = 0;
};
// What a row's sequence has stored, as far as the row may see: -> f32[rows, context,
// kv_heads * head_dim]. Positions after the row's own read as 0.
struct CacheKeys {
  Value cache, sequences, positions;
  std::int64_t layer = 0;
};
struct CacheValues {
  Value cache, sequences, positions;
  std::int64_t layer = 0;
};

#define FIELD(op, name, kind) {#name, FieldKind::kind, offsetof(op, name)}

template <>
inline constexpr OpTable table_of<Weight> = {
    "weight", Tier::primitive, {FIELD(Weight, weight, weight)}};
template <>
inline constexpr OpTable table_of<Constant> = {
    "constant", Tier::primitive, {FIELD(Constant, value, real), FIELD(Constant, dtype, dtype)}};
template <>
inline constexpr OpTable table_of<Iota> = {"iota", Tier::primitive, {FIELD(Iota, shape, shape)}};
template <>
inline constexpr OpTable table_of<Gather> = {
    "gather", Tier::primitive, {FIELD(Gather, table, value), FIELD(Gather, ids, value)}};
template <>
inline constexpr OpTable table_of<MatmulNt> = {
    "matmul_nt", Tier::primitive, {FIELD(MatmulNt, a, value), FIELD(MatmulNt, b, value)}};
template <>
inline constexpr OpTable table_of<Add> = {
    "add", Tier::primitive, {FIELD(Add, a, value), FIELD(Add, b, value)}};
template <>
inline constexpr OpTable table_of<Sub> = {
    "sub", Tier::primitive, {FIELD(Sub, a, value), FIELD(Sub, b, value)}};
template <>
inline constexpr OpTable table_of<Mul> = {
    "mul", Tier::primitive, {FIELD(Mul, a, value), FIELD(Mul, b, value)}};
template <>
inline constexpr OpTable table_of<Div> = {
    "div", Tier::primitive, {FIELD(Div, a, value), FIELD(Div, b, value)}};
template <>
inline constexpr OpTable table_of<Maximum> = {
    "maximum", Tier::primitive, {FIELD(Maximum, a, value), FIELD(Maximum, b, value)}};
template <>
inline constexpr OpTable table_of<Exp> = {"exp", Tier::primitive, {FIELD(Exp, x, value)}};
template <>
inline constexpr OpTable table_of<Neg> = {"neg", Tier::primitive, {FIELD(Neg, x, value)}};
template <>
inline constexpr OpTable table_of<Rsqrt> = {"rsqrt", Tier::primitive, {FIELD(Rsqrt, x, value)}};
template <>
inline constexpr OpTable table_of<Tanh> = {"tanh", Tier::primitive, {FIELD(Tanh, x, value)}};
template <>
inline constexpr OpTable table_of<LessEqual> = {
    "less_equal", Tier::primitive, {FIELD(LessEqual, a, value), FIELD(LessEqual, b, value)}};
template <>
inline constexpr OpTable table_of<Select> = {
    "select",
    Tier::primitive,
    {FIELD(Select, condition, value), FIELD(Select, a, value), FIELD(Select, b, value)}};
template <>
inline constexpr OpTable table_of<ReduceSum> = {
    "reduce_sum", Tier::primitive, {FIELD(ReduceSum, x, value)}};
template <>
inline constexpr OpTable table_of<ReduceMax> = {
    "reduce_max", Tier::primitive, {FIELD(ReduceMax, x, value)}};
template <>
inline constexpr OpTable table_of<Argmax> = {"argmax", Tier::primitive, {FIELD(Argmax, x, value)}};
template <>
inline constexpr OpTable table_of<Reshape> = {
    "reshape", Tier::primitive, {FIELD(Reshape, x, value), FIELD(Reshape, shape, shape)}};
template <>
inline constexpr OpTable table_of<Transpose> = {
    "transpose",
    Tier::primitive,
    {FIELD(Transpose, x, value), FIELD(Transpose, permutation, integers)}};
template <>
inline constexpr OpTable table_of<Slice> = {
    "slice",
    Tier::primitive,
    {FIELD(Slice, x, value), FIELD(Slice, begin, integer), FIELD(Slice, end, integer)}};
template <>
inline constexpr OpTable table_of<Concat> = {
    "concat", Tier::primitive, {FIELD(Concat, parts, values)}};
template <>
inline constexpr OpTable table_of<RopeTable> = {
    "rope_table",
    Tier::primitive,
    {FIELD(RopeTable, positions, value), FIELD(RopeTable, frequencies, reals),
     FIELD(RopeTable, scale, real)}};
template <>
inline constexpr OpTable table_of<CacheWrite> = {
    "cache_write",
    Tier::primitive,
    {FIELD(CacheWrite, cache, value), FIELD(CacheWrite, keys, value),
     FIELD(CacheWrite, values, value), FIELD(CacheWrite, sequences, value),
     FIELD(CacheWrite, positions, value), FIELD(CacheWrite, layer, integer)}};
template <>
inline constexpr OpTable table_of<CacheKeys> = {
    "cache_keys",
    Tier::primitive,
    {FIELD(CacheKeys, cache, value), FIELD(CacheKeys, sequences, value),
     FIELD(CacheKeys, positions, value), FIELD(CacheKeys, layer, integer)}};
template <>
inline constexpr OpTable table_of<CacheValues> = {
    "cache_values",
    Tier::primitive,
    {FIELD(CacheValues, cache, value), FIELD(CacheValues, sequences, value),
     FIELD(CacheValues, positions, value), FIELD(CacheValues, layer, integer)}};

// The type rules, beside which `infer` (graph.h) needs nothing.
class Operands;
Result<Type> result_type(const Weight& op, const Operands& operands);
Result<Type> result_type(const Constant& op, const Operands& operands);
Result<Type> result_type(const Iota& op, const Operands& operands);
Result<Type> result_type(const Gather& op, const Operands& operands);
Result<Type> result_type(const MatmulNt& op, const Operands& operands);
Result<Type> result_type(const Add& op, const Operands& operands);
Result<Type> result_type(const Sub& op, const Operands& operands);
Result<Type> result_type(const Mul& op, const Operands& operands);
Result<Type> result_type(const Div& op, const Operands& operands);
Result<Type> result_type(const Maximum& op, const Operands& operands);
Result<Type> result_type(const Exp& op, const Operands& operands);
Result<Type> result_type(const Neg& op, const Operands& operands);
Result<Type> result_type(const Rsqrt& op, const Operands& operands);
Result<Type> result_type(const Tanh& op, const Operands& operands);
Result<Type> result_type(const LessEqual& op, const Operands& operands);
Result<Type> result_type(const Select& op, const Operands& operands);
Result<Type> result_type(const ReduceSum& op, const Operands& operands);
Result<Type> result_type(const ReduceMax& op, const Operands& operands);
Result<Type> result_type(const Argmax& op, const Operands& operands);
Result<Type> result_type(const Reshape& op, const Operands& operands);
Result<Type> result_type(const Transpose& op, const Operands& operands);
Result<Type> result_type(const Slice& op, const Operands& operands);
Result<Type> result_type(const Concat& op, const Operands& operands);
Result<Type> result_type(const RopeTable& op, const Operands& operands);
Result<Type> result_type(const CacheWrite& op, const Operands& operands);
Result<Type> result_type(const CacheKeys& op, const Operands& operands);
Result<Type> result_type(const CacheValues& op, const Operands& operands);

}  // namespace ir::graph
