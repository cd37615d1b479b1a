// SPDX-License-Identifier: Apache-2.0
// generic: any primitive op, one invocation per element of its result, in plain loops. Slow and
// right: the form that every other form is compared with.
//
//   grid   x: the constant extents of the result, flattened; y, z: its symbolic extents
//
// Composites are expanded into primitives, each with a kernel and a buffer of its own.
#include <fmt/format.h>

#include <algorithm>

#include "codegen/lower/element_kernel.h"
#include "codegen/lower/forms/forms.h"
#include "ir/support/check.h"
#include "ir/support/match.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT
namespace graph = ir::graph;
using graph::Node;
using graph::TensorType;

constexpr std::uint32_t kLanes = ElementKernel::kLanes;
constexpr double kLowest = -3.4028234663852886e38;

// The coordinate of the last axis, replaced.
Coordinates with_last(Coordinates at, Expr last) {
  at.back() = last;
  return at;
}

Expr sum_over(ElementKernel& k, const graph::Dim& dim, const std::function<Expr(Expr)>& term) {
  const VariableId sum = k.b.variable("sum", k.b.f32(0));
  k.b.loop(k.b.u32(0), k.extent(dim), k.b.u32(1), [&](Expr i) { k.b.accumulate(sum, term(i)); });
  return k.b.get(sum);
}

Expr max_over(ElementKernel& k, const graph::Dim& dim, const std::function<Expr(Expr)>& term) {
  const VariableId best = k.b.variable("best", k.b.f32(kLowest));
  k.b.loop(k.b.u32(0), k.extent(dim), k.b.u32(1),
           [&](Expr i) { k.b.set(best, k.b.binary(BinaryKind::max, k.b.get(best), term(i))); });
  return k.b.get(best);
}

Expr argmax_over(ElementKernel& k, const graph::Dim& dim, const std::function<Expr(Expr)>& term) {
  const VariableId best = k.b.variable("best", k.b.f32(kLowest));
  const VariableId index = k.b.variable("index", k.b.u32(0));
  k.b.loop(k.b.u32(0), k.extent(dim), k.b.u32(1), [&](Expr i) {
    const Expr value = term(i);
    k.b.when(value > k.b.get(best), [&] {
      k.b.set(best, value);
      k.b.set(index, i);
    });
  });
  return k.b.get(index);
}

// What a position of the cache holds for a row, 0 after the row's own position.
template <class Read>
Expr cached(ElementKernel& k, Lowering& l, const Read& op, const Coordinates& at,
            std::uint32_t pool, Expr (*offset)(const CacheShape&, Expr, Expr)) {
  const CacheShape shape = cache_shape_of(l);
  const VariableId value = k.b.variable("cached", k.b.f32(0));
  k.b.when(at[1] <= k.load(op.positions, {at[0]}), [&] {
    const Expr head = at[2] / static_cast<double>(shape.head_dim);
    const Expr i = at[2] % static_cast<double>(shape.head_dim);
    const Expr base = head_base(shape, k.page(op.sequences, at[0], at[1]), head);
    const Expr slot = at[1] % static_cast<double>(shape.page_tokens);
    k.b.set(value, k.b.load(k.bind(pool, kF32), base + offset(shape, slot, i)));
  });
  return k.b.get(value);
}

Expr concatenated(ElementKernel& k, Lowering& l, const graph::Concat& op, const Coordinates& at) {
  const VariableId value = k.b.variable("part", k.b.f32(0));
  std::uint64_t begin = 0;
  for (graph::Value part : op.parts) {
    const std::uint64_t end = begin + l.width_of(part);
    const Expr inside =
        k.b.binary(BinaryKind::logical_and, at.back() >= k.b.u32(begin), at.back() < k.b.u32(end));
    k.b.when(inside, [&] {
      k.b.set(value, k.load(part, with_last(at, at.back() - static_cast<double>(begin))));
    });
    begin = end;
  }
  return k.b.get(value);
}

// Ids beyond the table mean its last row.
Expr gathered_row(ElementKernel& k, const Lowering& l, const graph::Gather& op,
                  const Coordinates& at) {
  const Expr last = k.extent(l.shape_of(op.table)[0]) - 1;
  return k.b.binary(BinaryKind::min, k.load(op.ids, {at[0]}), last);
}

// The element of the result at these coordinates.
Expr element(ElementKernel& k, Lowering& l, const graph::Op& op, const Coordinates& at) {
  Builder& b = k.b;
  const auto binary = [&](BinaryKind kind, const auto& o) {
    return b.binary(kind, k.load(o.a, at), k.load(o.b, at));
  };
  const auto unary = [&](UnaryKind kind, const auto& o) { return b.unary(kind, k.load(o.x, at)); };
  const auto over_last = [&](graph::Value x, auto reduce) {
    return reduce(k, l.shape_of(x).back(), [&](Expr i) {
      Coordinates source = at;
      source.resize(l.shape_of(x).size(), i);
      return k.load(x, with_last(source, i));
    });
  };
  return ir::match(
      op,
      [&](const graph::Constant& o) {
        return o.dtype == ir::DType::u32 ? b.constant(kU32, o.value) : b.f32(o.value);
      },
      [&](const graph::Iota&) { return at[0]; },
      [&](const graph::Gather& o) { return k.load(o.table, {gathered_row(k, l, o, at), at[1]}); },
      [&](const graph::MatmulNt& o) {
        const Coordinates rows_a = with_last(at, b.u32(0));
        Coordinates rows_b = at;
        rows_b[at.size() - 2] = at.back();
        return sum_over(k, l.shape_of(o.a).back(), [&](Expr i) {
          return k.load(o.a, with_last(rows_a, i)) * k.load(o.b, with_last(rows_b, i));
        });
      },
      [&](const graph::Add& o) { return binary(BinaryKind::add, o); },
      [&](const graph::Sub& o) { return binary(BinaryKind::sub, o); },
      [&](const graph::Mul& o) { return binary(BinaryKind::mul, o); },
      [&](const graph::Div& o) { return binary(BinaryKind::div, o); },
      [&](const graph::Maximum& o) { return binary(BinaryKind::max, o); },
      [&](const graph::Exp& o) { return unary(UnaryKind::exp, o); },
      [&](const graph::Neg& o) { return unary(UnaryKind::neg, o); },
      [&](const graph::Rsqrt& o) { return unary(UnaryKind::inverse_sqrt, o); },
      [&](const graph::Tanh& o) { return unary(UnaryKind::tanh, o); },
      [&](const graph::LessEqual& o) {
        return b.select(binary(BinaryKind::less_equal, o), b.u32(1), b.u32(0));
      },
      [&](const graph::Select& o) {
        const Expr condition = b.binary(BinaryKind::not_equal, k.load(o.condition, at), b.u32(0));
        return b.select(condition, k.load(o.a, at), k.load(o.b, at));
      },
      [&](const graph::ReduceSum& o) { return over_last(o.x, sum_over); },
      [&](const graph::ReduceMax& o) { return over_last(o.x, max_over); },
      [&](const graph::Argmax& o) { return over_last(o.x, argmax_over); },
      [&](const graph::Reshape& o) {
        return k.load(o.x, k.unflatten(l.shape_of(o.x), k.flatten(o.shape, at)));
      },
      [&](const graph::Transpose& o) {
        Coordinates source(at.size());
        for (std::size_t axis = 0; axis < at.size(); ++axis)
          source[static_cast<std::size_t>(o.permutation[axis])] = at[axis];
        return k.load(o.x, source);
      },
      [&](const graph::Slice& o) {
        return k.load(o.x, with_last(at, at.back() + static_cast<double>(o.begin)));
      },
      [&](const graph::Concat& o) { return concatenated(k, l, o, at); },
      [&](const graph::CacheKeys& o) {
        return cached(k, l, o, at, l.pools(o.layer).keys, key_offset);
      },
      [&](const graph::CacheValues& o) {
        return cached(k, l, o, at, l.pools(o.layer).values, value_offset);
      },
      [&](const auto&) {
        CHECK(false, "{} has no elements", graph::table(op).name);
        return b.f32(0);
      });
}

// x counts the constant extents (the last one padded in rows), y and z the symbolic ones.
struct Grid {
  std::uint64_t inner = 1;
  std::vector<SizeExpr> outer;
};

Grid grid_of(const TensorType& type, const Lowering& l) {
  Grid grid;
  for (std::size_t axis = 0; axis < type.shape.size(); ++axis) {
    const graph::Dim& dim = type.shape[axis];
    if (!dim.is_constant())
      grid.outer.push_back(l.size_of(dim));
    else
      grid.inner *= is_row_shape(type) && axis == 1
                        ? row_stride(static_cast<std::uint64_t>(dim.extent))
                        : static_cast<std::uint64_t>(dim.extent);
  }
  CHECK(grid.outer.size() <= 2, "more than two symbolic extents");
  grid.outer.resize(2, 1);
  return grid;
}

Coordinates coordinates(ElementKernel& k, const TensorType& type, Expr inner) {
  Coordinates at(type.shape.size());
  const Expr outer[] = {k.b.workgroup_y(), k.b.workgroup_z()};
  std::size_t symbolic = 0;
  for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
    if (!type.shape[axis].is_constant()) at[axis] = outer[symbolic++];
  std::size_t first = 0;  // the first constant axis takes what is left of the index
  while (first < type.shape.size() && !type.shape[first].is_constant()) ++first;
  for (std::size_t axis = type.shape.size(); axis-- > 0;) {
    if (!type.shape[axis].is_constant()) continue;
    const auto extent = static_cast<double>(type.shape[axis].extent);
    at[axis] = axis == first ? inner : inner % extent;
    if (axis != first) inner = inner / extent;
  }
  return at;
}

// A weight in several parts that an op reads, and the row of it that an element is made from: the
// column of a product, the id of a gather.
struct PartedWeight {
  graph::Value weight;
  std::function<Expr(ElementKernel& k, const Coordinates& at)> row;
};

std::optional<PartedWeight> parted_weight(const graph::Op& op, const Lowering& l) {
  const auto is_parted = [&](graph::Value v) {
    return l.weight_of(v) && l.weight_parts(v).size() > 1;
  };
  if (const auto* product = std::get_if<graph::MatmulNt>(&op))
    if (is_parted(product->b))
      return PartedWeight{product->b,
                          [](ElementKernel&, const Coordinates& at) { return at.back(); }};
  if (const auto* gather = std::get_if<graph::Gather>(&op))
    if (is_parted(gather->table))
      return PartedWeight{gather->table, [gather, &l](ElementKernel& k, const Coordinates& at) {
                            return gathered_row(k, l, *gather, at);
                          }};
  return std::nullopt;
}

// With a weight in parts: the elements that part number `part` gives.
void lower_elements(const Node& node, Lowering& l, const std::optional<PartedWeight>& parted,
                    std::size_t part) {
  const TensorType type = std::get<TensorType>(l.type_of(node.result));
  const Grid grid = grid_of(type, l);
  ElementKernel k(fmt::format("generic_{}", graph::table(node.op).name), l);
  k.part = part;
  const Place place = l.allocate(node.result);
  const Expr inner = k.b.workgroup_x() * kLanes + k.b.local_x();
  const auto store = [&](const Coordinates& at, Expr value) {
    k.b.store(k.bind(place.buffer, element_of(type), true), k.address(type, at) + place.offset,
              value);
  };
  const auto compute = [&](const Coordinates& at) {
    if (!parted) return store(at, element(k, l, node.op, at));
    const RowRange& rows = l.weight_parts(parted->weight)[part].rows;
    const Expr row = parted->row(k, at);
    k.b.when(row >= k.b.u32(rows.first) && row < k.b.u32(rows.end()),
             [&] { store(at, element(k, l, node.op, at)); });
  };
  k.b.when(inner < static_cast<double>(grid.inner), [&] {
    const Coordinates at = coordinates(k, type, inner);
    if (!is_row_shape(type)) return compute(at);
    k.b.when(
        at[1] < static_cast<double>(type.shape[1].extent), [&] { compute(at); },
        [&] { store(at, k.b.f32(0)); });
  });
  std::move(k).dispatch({(grid.inner + kLanes - 1) / kLanes, grid.outer[0], grid.outer[1]});
}

void lower_primitive(const Node& node, Lowering& l) {
  const std::optional<PartedWeight> parted = parted_weight(node.op, l);
  const std::size_t parts = parted ? l.weight_parts(parted->weight).size() : 1;
  for (std::size_t part = 0; part < parts; ++part) lower_elements(node, l, parted, part);
}

// Keys and values of each row, one invocation per element of a (padded) head.
void lower_cache_write(const graph::CacheWrite& op, Lowering& l) {
  const CacheShape shape = cache_shape_of(l);
  const CachePools& pools = l.pools(op.layer);
  const std::uint64_t padded = shape.head_dim4() * 4;
  ElementKernel k("generic_cache_write", l);
  const Expr index = k.b.workgroup_x() * kLanes + k.b.local_x();
  const Expr row = k.b.workgroup_y();
  k.b.when(index < static_cast<double>(shape.kv_heads * padded), [&] {
    const Expr head = index / static_cast<double>(padded), i = index % static_cast<double>(padded);
    const Expr position = k.load(op.positions, {row});
    const Expr slot = position % static_cast<double>(shape.page_tokens);
    const Expr base = head_base(shape, k.page(op.sequences, row, position), head);
    const Expr source = head * static_cast<double>(shape.head_dim) + i;
    const auto store = [&](Expr key, Expr value) {
      k.b.store(k.bind(pools.keys, kF32, true), base + key_offset(shape, slot, i), key);
      k.b.store(k.bind(pools.values, kF32, true), base + value_offset(shape, slot, i), value);
    };
    k.b.when(
        i < static_cast<double>(shape.head_dim),
        [&] { store(k.load(op.keys, {row, source}), k.load(op.values, {row, source})); },
        [&] { store(k.b.f32(0), k.b.f32(0)); });
  });
  const std::uint64_t workgroups = (shape.kv_heads * padded + kLanes - 1) / kLanes;
  std::move(k).dispatch({workgroups, l.rows_of(op.keys), 1});
}

}  // namespace

bool lower_generic(const Node& node, Lowering& l) {
  if (graph::table(node.op).tier == graph::Tier::composite) {
    l.lower_expanded(node);
  } else if (std::holds_alternative<graph::RopeTable>(node.op)) {
    lower_host(node, l);  // only the host computes these
  } else if (const auto* write = std::get_if<graph::CacheWrite>(&node.op)) {
    lower_cache_write(*write, l);
  } else {
    lower_primitive(node, l);
  }
  return true;
}

}  // namespace codegen::lower
