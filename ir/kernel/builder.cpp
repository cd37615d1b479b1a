// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/builder.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ir/support/check.h"

namespace ir::kernel {
namespace {

// u32 arithmetic at compile time; nullopt where folding would hide a fault.
std::optional<std::uint32_t> fold(BinaryKind kind, std::uint32_t a, std::uint32_t b) {
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::sub:
      return a - b;
    case BinaryKind::mul:
      return a * b;
    case BinaryKind::div:
      return b == 0 ? std::nullopt : std::optional(a / b);
    case BinaryKind::rem:
      return b == 0 ? std::nullopt : std::optional(a % b);
    case BinaryKind::min:
      return std::min(a, b);
    case BinaryKind::max:
      return std::max(a, b);
    case BinaryKind::bit_and:
      return a & b;
    case BinaryKind::bit_or:
      return a | b;
    case BinaryKind::shift_left:
      return a << (b & 31U);
    case BinaryKind::shift_right:
      return a >> (b & 31U);
    default:
      return std::nullopt;
  }
}

bool is_power_of_two(double value) {
  return value >= 1 && value <= 2147483648.0 && std::exp2(std::floor(std::log2(value))) == value;
}

}  // namespace

Type Expr::type() const { return builder->type_of(value); }

Builder::Builder(std::string name, std::array<std::uint32_t, 3> workgroup_size) {
  kernel_.name = std::move(name);
  kernel_.workgroup_size = workgroup_size;
  blocks_.push_back(&kernel_.body);
}

MemoryId Builder::memory(std::string name, Space space, Type element, std::uint32_t count) {
  CHECK(space == Space::workgroup || kernel_.memories.empty() ||
            kernel_.memories.back().space != Space::workgroup,
        "storage memory '{}' declared after workgroup memory", name);
  kernel_.memories.push_back({std::move(name), space, element, count});
  return {static_cast<std::uint32_t>(kernel_.memories.size() - 1)};
}

MemoryId Builder::read(std::string name, Type element) {
  return memory(std::move(name), Space::read, element, 0);
}
MemoryId Builder::write(std::string name, Type element) {
  return memory(std::move(name), Space::read_write, element, 0);
}
MemoryId Builder::shared(std::string name, Type element, std::uint32_t count) {
  return memory(std::move(name), Space::workgroup, element, count);
}

VariableId Builder::variable(const std::string& name, Type type) {
  const auto taken = [&](const std::string& candidate) {
    return std::any_of(kernel_.variables.begin(), kernel_.variables.end(),
                       [&](const Variable& variable) { return variable.name == candidate; });
  };
  std::string unique = name;
  for (int i = 2; taken(unique); ++i) unique = name + std::to_string(i);
  kernel_.variables.push_back({std::move(unique), type});
  return {static_cast<std::uint32_t>(kernel_.variables.size() - 1)};
}
VariableId Builder::variable(const std::string& name, Expr initial) {
  const VariableId id = variable(name, initial.type());
  set(id, initial);
  return id;
}

Expr Builder::emit(Op op, Type type) {
  const Value result{static_cast<std::uint32_t>(kernel_.values.size())};
  kernel_.values.push_back(type);
  std::optional<Constant> known;
  if (const auto* constant = std::get_if<Constant>(&op)) known = *constant;
  constants_.push_back(known);
  blocks_.back()->push_back({std::move(op), result});
  return {this, result};
}

void Builder::perform(Op op) { blocks_.back()->push_back({std::move(op), {}}); }

const Constant* Builder::constant_of(Value value) const {
  const auto& known = constants_[value.id];
  return known ? &*known : nullptr;
}

Expr Builder::constant(Type type, double value) {
  // The same constant earlier in this block serves again.
  const Constant constant{type, value};
  for (const Instruction& instruction : *blocks_.back())
    if (const auto* known = std::get_if<Constant>(&instruction.op))
      if (*known == constant) return {this, instruction.result};
  return emit(constant, type);
}

Expr Builder::builtin(BuiltinKind kind) {
  for (const Instruction& instruction : kernel_.body)
    if (const auto* known = std::get_if<Builtin>(&instruction.op))
      if (known->kind == kind) return {this, instruction.result};
  return emit(Builtin{kind}, kU32);
}

Expr Builder::unary(UnaryKind kind, Expr x) { return emit(Unary{kind, x.value}, x.type()); }

Expr Builder::binary(BinaryKind kind, Expr a, Expr b) {
  const Type ta = a.type(), tb = b.type();
  CHECK(ta.scalar == tb.scalar, "{}: operands are {} and {}", name_of(kind), to_string(ta),
        to_string(tb));
  CHECK(ta.width == tb.width || ta.width == 1 || tb.width == 1, "{}: operands are {} and {}",
        name_of(kind), to_string(ta), to_string(tb));
  const Constant* ca = constant_of(a.value);
  const Constant* cb = constant_of(b.value);
  if (ta == kU32 && tb == kU32) {
    if (ca && cb)
      if (const auto folded = fold(kind, static_cast<std::uint32_t>(ca->value),
                                   static_cast<std::uint32_t>(cb->value)))
        return u32(*folded);
    if (cb) {
      const double v = cb->value;
      const bool is_shift = kind == BinaryKind::shift_left || kind == BinaryKind::shift_right;
      if (v == 0 && (kind == BinaryKind::add || kind == BinaryKind::sub || is_shift)) return a;
      if (v == 1 && (kind == BinaryKind::mul || kind == BinaryKind::div)) return a;
      if (v == 1 && kind == BinaryKind::rem) return u32(0);
      if (v == 0 && kind == BinaryKind::mul) return u32(0);
      if (kind == BinaryKind::div && is_power_of_two(v))
        return a >> static_cast<std::uint32_t>(std::log2(v));
      if (kind == BinaryKind::rem && is_power_of_two(v))
        return a & u32(static_cast<std::uint64_t>(v) - 1);
    }
    if (ca && ca->value == 0 && kind == BinaryKind::add) return b;
  }
  const std::uint8_t width = std::max(ta.width, tb.width);
  return emit(Binary{kind, a.value, b.value},
              {is_comparison(kind) ? Scalar::boolean : ta.scalar, width});
}

Expr Builder::select(Expr condition, Expr a, Expr b) {
  CHECK(a.type() == b.type(), "select: {} or {}", to_string(a.type()), to_string(b.type()));
  return emit(Select{condition.value, a.value, b.value}, a.type());
}
Expr Builder::convert(Expr x, Scalar to) {
  if (x.type().scalar == to) return x;
  return emit(Convert{x.value, to}, {to, x.type().width});
}
Expr Builder::bitcast(Expr x, Scalar to) {
  if (x.type().scalar == to) return x;
  return emit(Bitcast{x.value, to}, {to, x.type().width});
}
Expr Builder::unpack(UnpackKind kind, Expr x) {
  return emit(Unpack{kind, x.value}, result_of(kind));
}
Expr Builder::vector(std::initializer_list<Expr> lanes) {
  MakeVector op;
  for (const Expr& lane : lanes) op.lanes.push_back(lane.value);
  const Type type{lanes.begin()->type().scalar, static_cast<std::uint8_t>(lanes.size())};
  return emit(std::move(op), type);
}
Expr Builder::extract(Expr x, Expr lane) {
  return emit(Extract{x.value, lane.value}, {x.type().scalar, 1});
}
Expr Builder::dot(Expr a, Expr b) {
  CHECK(a.type() == b.type(), "dot: {} and {}", to_string(a.type()), to_string(b.type()));
  return emit(Dot{a.value, b.value}, {a.type().scalar, 1});
}

Expr Builder::subgroup(SubgroupKind kind, Expr x) {
  return emit(Subgroup{kind, x.value}, x.type());
}

Expr Builder::load(MemoryId memory, Expr index) {
  return emit(Load{memory, index.value}, kernel_.memories[memory.id].element);
}
void Builder::store(MemoryId memory, Expr index, Expr value) {
  const Memory& target = kernel_.memories[memory.id];
  CHECK(target.element == value.type() && target.space != Space::read, "store of {} to {}",
        to_string(value.type()), target.name);
  perform(Store{memory, index.value, value.value});
}
Expr Builder::get(VariableId variable) {
  return emit(Get{variable}, kernel_.variables[variable.id].type);
}
void Builder::set(VariableId variable, Expr value) {
  CHECK(kernel_.variables[variable.id].type == value.type(), "variable {} set to {}",
        kernel_.variables[variable.id].name, to_string(value.type()));
  perform(Set{variable, value.value});
}
void Builder::accumulate(VariableId variable, Expr value) { set(variable, get(variable) + value); }
void Builder::barrier() { perform(Barrier{}); }

Block Builder::nested(const std::function<void()>& body) {
  Block block;
  blocks_.push_back(&block);
  body();
  blocks_.pop_back();
  return block;
}

void Builder::loop(Expr begin, Expr end, Expr step, const std::function<void(Expr)>& body) {
  For op{.begin = begin.value, .end = end.value, .step = step.value};
  op.induction = {static_cast<std::uint32_t>(kernel_.values.size())};
  kernel_.values.push_back(kU32);
  constants_.emplace_back();
  op.body = nested([&] { body({this, op.induction}); });
  perform(std::move(op));
}
void Builder::loop(std::uint64_t begin, std::uint64_t end, const std::function<void(Expr)>& body) {
  if (begin >= end) return;
  if (begin + 1 == end) return body(u32(begin));
  loop(u32(begin), u32(end), u32(1), body);
}

void Builder::when(Expr condition, const std::function<void()>& then) {
  perform(If{condition.value, nested(then), {}});
}
void Builder::when(Expr condition, const std::function<void()>& then,
                   const std::function<void()>& otherwise) {
  Block first = nested(then);
  perform(If{condition.value, std::move(first), nested(otherwise)});
}

Kernel Builder::finish() && { return std::move(kernel_); }

Expr operator+(Expr a, Expr b) { return a.builder->binary(BinaryKind::add, a, b); }
Expr operator-(Expr a, Expr b) { return a.builder->binary(BinaryKind::sub, a, b); }
Expr operator*(Expr a, Expr b) { return a.builder->binary(BinaryKind::mul, a, b); }
Expr operator/(Expr a, Expr b) { return a.builder->binary(BinaryKind::div, a, b); }
Expr operator%(Expr a, Expr b) { return a.builder->binary(BinaryKind::rem, a, b); }
Expr operator&(Expr a, Expr b) { return a.builder->binary(BinaryKind::bit_and, a, b); }
Expr operator|(Expr a, Expr b) { return a.builder->binary(BinaryKind::bit_or, a, b); }
Expr operator<<(Expr a, std::uint32_t count) {
  return a.builder->binary(BinaryKind::shift_left, a, a.builder->u32(count));
}
Expr operator>>(Expr a, std::uint32_t count) {
  return a.builder->binary(BinaryKind::shift_right, a, a.builder->u32(count));
}
Expr operator<(Expr a, Expr b) { return a.builder->binary(BinaryKind::less, a, b); }
Expr operator<=(Expr a, Expr b) { return a.builder->binary(BinaryKind::less_equal, a, b); }
Expr operator>(Expr a, Expr b) { return a.builder->binary(BinaryKind::greater, a, b); }
Expr operator>=(Expr a, Expr b) { return a.builder->binary(BinaryKind::greater_equal, a, b); }
Expr operator==(Expr a, Expr b) { return a.builder->binary(BinaryKind::equal, a, b); }
Expr operator&&(Expr a, Expr b) { return a.builder->binary(BinaryKind::logical_and, a, b); }

namespace {
Expr like(Expr a, double value) { return a.builder->constant({a.type().scalar, 1}, value); }
}  // namespace

Expr operator+(Expr a, double b) { return a + like(a, b); }
Expr operator-(Expr a, double b) { return a - like(a, b); }
Expr operator*(Expr a, double b) { return a * like(a, b); }
Expr operator/(Expr a, double b) { return a / like(a, b); }
Expr operator%(Expr a, double b) { return a % like(a, b); }
Expr operator&(Expr a, double b) { return a & like(a, b); }
Expr operator<(Expr a, double b) { return a < like(a, b); }
Expr operator==(Expr a, double b) { return a == like(a, b); }

}  // namespace ir::kernel
