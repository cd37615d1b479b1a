// SPDX-License-Identifier: Apache-2.0
// Builder: writes a kernel as one would write WGSL.
//
//   Builder k("scale", {64, 1, 1});
//   MemoryId x = k.read("x", kF32), y = k.write("y", kF32);
//   Expr i = k.workgroup_x() * 64 + k.local_x();
//   k.when(i < 1000, [&] { k.store(y, i, k.load(x, i) * 2.0f); });
//   Kernel kernel = std::move(k).finish();
//
// Type mistakes are broken laws. Constants are folded and equal constants shared within a block, so
// that forms may compute with sizes known at compile time as freely as with others.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

#include "ir/kernel/kernel.h"

namespace ir::kernel {

class Builder;

// A value under construction; arithmetic appends instructions.
struct Expr {
  Builder* builder = nullptr;
  Value value;

  Type type() const;
};

class Builder {
 public:
  Builder(std::string name, std::array<std::uint32_t, 3> workgroup_size);
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  // Storage memories, in binding order; all before the first `shared`.
  MemoryId read(std::string name, Type element);
  MemoryId write(std::string name, Type element);
  MemoryId shared(std::string name, Type element, std::uint32_t count);
  // A second variable of one name gets a number.
  VariableId variable(const std::string& name, Type type);
  // A variable with a first value.
  VariableId variable(const std::string& name, Expr initial);

  Expr constant(Type type, double value);
  Expr u32(std::uint64_t value) { return constant(kU32, static_cast<double>(value)); }
  Expr f32(double value) { return constant(kF32, value); }

  Expr workgroup_x() { return builtin(BuiltinKind::workgroup_x); }
  Expr workgroup_y() { return builtin(BuiltinKind::workgroup_y); }
  Expr workgroup_z() { return builtin(BuiltinKind::workgroup_z); }
  Expr local_x() { return builtin(BuiltinKind::local_x); }
  Expr subgroup_lane() { return builtin(BuiltinKind::subgroup_lane); }
  Expr subgroup_size() { return builtin(BuiltinKind::subgroup_size); }

  Expr unary(UnaryKind kind, Expr x);
  Expr binary(BinaryKind kind, Expr a, Expr b);
  Expr select(Expr condition, Expr a, Expr b);
  Expr convert(Expr x, Scalar to);
  Expr bitcast(Expr x, Scalar to);
  Expr unpack(UnpackKind kind, Expr x);
  Expr vector(std::initializer_list<Expr> lanes);
  Expr extract(Expr x, Expr lane);
  Expr extract(Expr x, std::uint32_t lane) { return extract(x, u32(lane)); }
  Expr dot(Expr a, Expr b);
  Expr subgroup(SubgroupKind kind, Expr x);

  Expr load(MemoryId memory, Expr index);
  void store(MemoryId memory, Expr index, Expr value);
  Expr get(VariableId variable);
  void set(VariableId variable, Expr value);
  // variable = variable + value.
  void accumulate(VariableId variable, Expr value);
  void barrier();

  void loop(Expr begin, Expr end, Expr step, const std::function<void(Expr)>& body);
  void loop(std::uint64_t begin, std::uint64_t end, const std::function<void(Expr)>& body);
  void when(Expr condition, const std::function<void()>& then);
  void when(Expr condition, const std::function<void()>& then,
            const std::function<void()>& otherwise);

  Type type_of(Value value) const { return kernel_.values[value.id]; }
  Kernel finish() &&;

 private:
  Expr builtin(BuiltinKind kind);
  Expr emit(Op op, Type type);
  void perform(Op op);
  MemoryId memory(std::string name, Space space, Type element, std::uint32_t count);
  const Constant* constant_of(Value value) const;
  Block nested(const std::function<void()>& body);

  Kernel kernel_;
  std::vector<Block*> blocks_;                      // the innermost last
  std::vector<std::optional<Constant>> constants_;  // what each value is known to be
};

Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator%(Expr a, Expr b);
Expr operator&(Expr a, Expr b);
Expr operator|(Expr a, Expr b);
Expr operator<<(Expr a, std::uint32_t count);
Expr operator>>(Expr a, std::uint32_t count);
Expr operator<(Expr a, Expr b);
Expr operator<=(Expr a, Expr b);
Expr operator>(Expr a, Expr b);
Expr operator>=(Expr a, Expr b);
Expr operator==(Expr a, Expr b);
Expr operator&&(Expr a, Expr b);
// A plain number takes the other operand's scalar type.
Expr operator+(Expr a, double b);
Expr operator-(Expr a, double b);
Expr operator*(Expr a, double b);
Expr operator/(Expr a, double b);
Expr operator%(Expr a, double b);
Expr operator&(Expr a, double b);
Expr operator<(Expr a, double b);
Expr operator==(Expr a, double b);

}  // namespace ir::kernel
