// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/type_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/support/match.h"

namespace ir::kernel {
namespace {

using Inferred = Result<std::optional<Type>>;

template <class... Arguments>
Diagnostic wrong(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  return {.kind = DiagnosticKind::kernel_invalid,
          .message = fmt::format(format, std::forward<Arguments>(arguments)...)};
}

// Whether a constant of this scalar type can hold the value exactly as written in a shader: reals
// are rounded to f32 or f16 and must stay finite.
bool holds(Scalar scalar, double value) {
  const bool whole = value == std::trunc(value);
  switch (scalar) {
    case Scalar::boolean:
      return value == 0 || value == 1;
    case Scalar::i32:
      return whole && value >= -2147483648.0 && value <= 2147483647.0;
    case Scalar::u32:
      return whole && value >= 0 && value <= 4294967295.0;
    case Scalar::f32:
      return std::abs(value) <= std::numeric_limits<float>::max();
    case Scalar::f16:
      return std::abs(value) <= 65504;
  }
  return false;
}

Inferred infer_unary(const Unary& op, Type x) {
  const bool fits = op.kind == UnaryKind::logical_not ? x.scalar == Scalar::boolean
                    : op.kind == UnaryKind::bit_not   ? is_integer(x.scalar)
                    : op.kind == UnaryKind::neg ? is_float(x.scalar) || x.scalar == Scalar::i32
                    : op.kind == UnaryKind::abs ? x.scalar != Scalar::boolean
                                                : is_float(x.scalar);
  if (!fits) return wrong("{} of {}", name_of(op.kind), to_string(x));
  return {x};
}

bool binary_fits(BinaryKind kind, Scalar scalar) {
  switch (kind) {
    case BinaryKind::rem:
    case BinaryKind::bit_and:
    case BinaryKind::bit_or:
    case BinaryKind::bit_xor:
    case BinaryKind::shift_left:
    case BinaryKind::shift_right:
      return is_integer(scalar);
    case BinaryKind::logical_and:
    case BinaryKind::logical_or:
      return scalar == Scalar::boolean;
    case BinaryKind::equal:
    case BinaryKind::not_equal:
      return true;
    default:
      return scalar != Scalar::boolean;
  }
}

Inferred infer_binary(const Binary& op, Type a, Type b) {
  const bool shift = op.kind == BinaryKind::shift_left || op.kind == BinaryKind::shift_right;
  const bool scalars = shift ? b.scalar == Scalar::u32 : a.scalar == b.scalar;
  const bool widths = a.width == b.width || a.width == 1 || b.width == 1;
  if (!scalars || !widths || !binary_fits(op.kind, a.scalar))
    return wrong("{} of {} and {}", name_of(op.kind), to_string(a), to_string(b));
  const std::uint8_t width = std::max(a.width, b.width);
  return {Type{is_comparison(op.kind) ? Scalar::boolean : a.scalar, width}};
}

Inferred infer_select(Type condition, Type a, Type b) {
  const std::uint8_t width = std::max({condition.width, a.width, b.width});
  const auto fits = [width](Type type) { return type.width == width || type.width == 1; };
  if (condition.scalar != Scalar::boolean || a.scalar != b.scalar || !fits(condition) || !fits(a) ||
      !fits(b))
    return wrong("select of {}, {} and {}", to_string(condition), to_string(a), to_string(b));
  return {Type{a.scalar, width}};
}

Inferred infer_vector(const Kernel& kernel, const MakeVector& op) {
  if (op.lanes.size() != 2 && op.lanes.size() != 4)
    return wrong("vector of {} lanes; 2 or 4 are possible", op.lanes.size());
  const Type first = kernel.values[op.lanes[0].id];
  for (const Value lane : op.lanes)
    if (kernel.values[lane.id] != first || first.width != 1)
      return wrong("vector of {} and {}", to_string(first), to_string(kernel.values[lane.id]));
  return {Type{first.scalar, static_cast<std::uint8_t>(op.lanes.size())}};
}

Inferred nothing_if(bool fits, std::string_view rule) {
  if (!fits) return wrong("{}", rule);
  return {std::nullopt};
}

}  // namespace

Inferred infer(const Kernel& kernel, const Op& op) {
  const auto type = [&](Value value) { return kernel.values[value.id]; };
  return match(
      op,
      [](const Constant& c) -> Inferred {
        if (!holds(c.type.scalar, c.value))
          return wrong("{} is not a value of {}", c.value, to_string(c.type));
        return {c.type};
      },
      [](const Builtin&) -> Inferred { return {kU32}; },
      [&](const Unary& u) -> Inferred { return infer_unary(u, type(u.x)); },
      [&](const Binary& b) -> Inferred { return infer_binary(b, type(b.a), type(b.b)); },
      [&](const Select& s) -> Inferred {
        return infer_select(type(s.condition), type(s.a), type(s.b));
      },
      [&](const Convert& c) -> Inferred {
        if (c.to == Scalar::boolean) return wrong("convert to bool; compare with zero instead");
        return {Type{c.to, type(c.x).width}};
      },
      [&](const Bitcast& b) -> Inferred {
        const auto four_bytes = [](Scalar s) { return is_integer(s) || s == Scalar::f32; };
        if (!four_bytes(b.to) || !four_bytes(type(b.x).scalar))
          return wrong("bitcast of {} to {}", to_string(type(b.x)), name_of(b.to));
        return {Type{b.to, type(b.x).width}};
      },
      [&](const Unpack& u) -> Inferred {
        if (type(u.x) != kU32) return wrong("unpack of {}", to_string(type(u.x)));
        return {result_of(u.kind)};
      },
      [&](const Pack& p) -> Inferred {
        if (type(p.x) != kVec2F32) return wrong("pack of {}", to_string(type(p.x)));
        return {kU32};
      },
      [&](const MakeVector& v) -> Inferred { return infer_vector(kernel, v); },
      [&](const Extract& e) -> Inferred {
        if (type(e.x).width == 1 || type(e.lane) != kU32)
          return wrong("extract of {} from {}", to_string(type(e.lane)), to_string(type(e.x)));
        return {Type{type(e.x).scalar, 1}};
      },
      [&](const Dot& d) -> Inferred {
        if (type(d.a) != type(d.b) || type(d.a).width == 1 || !is_float(type(d.a).scalar))
          return wrong("dot of {} and {}", to_string(type(d.a)), to_string(type(d.b)));
        return {Type{type(d.a).scalar, 1}};
      },
      [&](const Subgroup& s) -> Inferred {
        if (type(s.x).scalar == Scalar::boolean)
          return wrong("subgroup {} of {}", name_of(s.kind), to_string(type(s.x)));
        return {type(s.x)};
      },
      [&](const Load& l) -> Inferred {
        if (type(l.index) != kU32) return wrong("index is {}", to_string(type(l.index)));
        return {kernel.memories[l.memory.id].element};
      },
      [&](const Store& s) -> Inferred {
        const Memory& memory = kernel.memories[s.memory.id];
        if (memory.space == Space::read)
          return wrong("store to '{}', which is read only", memory.name);
        if (type(s.index) != kU32) return wrong("index is {}", to_string(type(s.index)));
        if (type(s.value) != memory.element)
          return wrong("store of {} to '{}' of {}", to_string(type(s.value)), memory.name,
                       to_string(memory.element));
        return {std::nullopt};
      },
      [&](const Get& g) -> Inferred { return {kernel.variables[g.variable.id].type}; },
      [&](const Set& s) -> Inferred {
        const Variable& variable = kernel.variables[s.variable.id];
        if (type(s.value) != variable.type)
          return wrong("variable '{}' of {} set to {}", variable.name, to_string(variable.type),
                       to_string(type(s.value)));
        return {std::nullopt};
      },
      [](const Barrier&) -> Inferred { return {std::nullopt}; },
      [&](const For& f) -> Inferred {
        return nothing_if(type(f.begin) == kU32 && type(f.end) == kU32 && type(f.step) == kU32,
                          "the bounds and the step of a loop are u32");
      },
      [&](const If& i) -> Inferred {
        return nothing_if(type(i.condition) == kBool, "the condition of an if is bool");
      });
}

}  // namespace ir::kernel
