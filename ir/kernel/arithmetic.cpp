// SPDX-License-Identifier: Apache-2.0
// The ops that only compute, lane by lane over columns.
#include <cmath>

#include "ir/kernel/conversions.h"
#include "ir/kernel/lanes.h"
#include "ir/support/check.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

// Fails for the first lane that takes part and whose operand b, component by component, is `bad`.
template <class T, class Bad>
bool refuse(Frame& frame, const Code& code, FaultKind kind, Bad bad) {
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const T* b = frame.column<T>(code.b[k]);
    for (std::uint32_t lane = 0; lane < frame.lanes; ++lane)
      if (frame.mask[lane] != 0 && bad(b[lane])) {
        frame.fail(code, kind, lane, static_cast<std::uint64_t>(b[lane]));
        return true;
      }
  }
  return false;
}

template <class S>
void float_unary(Frame& frame, const Code& code) {
  const auto map = [&](auto function) {
    map1<float, float>(frame, code, [&](float x) { return S::rounded(function(x)); });
  };
  switch (static_cast<UnaryKind>(code.kind)) {
    case UnaryKind::neg:
      return map([](float x) { return -x; });
    case UnaryKind::abs:
      return map([](float x) { return std::fabs(x); });
    case UnaryKind::exp:
      return map([](float x) { return std::exp(x); });
    case UnaryKind::log:
      return map([](float x) { return std::log(x); });
    case UnaryKind::sqrt:
      return map([](float x) { return std::sqrt(x); });
    case UnaryKind::inverse_sqrt:
      return map([](float x) { return 1.0f / std::sqrt(x); });
    case UnaryKind::floor:
      return map([](float x) { return std::floor(x); });
    case UnaryKind::tanh:
      return map([](float x) { return std::tanh(x); });
    default:
      CHECK(false, "not a unary op of floats");
  }
}

// Signed integers are computed as unsigned ones, where wrapping is defined.
void integer_unary(Frame& frame, const Code& code) {
  const auto map = [&](auto function) {
    map1<std::uint32_t, std::uint32_t>(frame, code, function);
  };
  switch (static_cast<UnaryKind>(code.kind)) {
    case UnaryKind::neg:
      return map([](std::uint32_t x) { return 0U - x; });
    case UnaryKind::bit_not:
    case UnaryKind::logical_not:
      return map([](std::uint32_t x) { return ~x; });
    case UnaryKind::abs:  // of i32
      return map([](std::uint32_t x) { return (x >> 31) != 0 ? 0U - x : x; });
    default:
      CHECK(false, "not a unary op of integers");
  }
}
void same(Frame& frame, const Code& code) {
  map1<std::uint32_t, std::uint32_t>(frame, code, [](std::uint32_t x) { return x; });
}

// The comparisons of all types, and min and max as WGSL words them.
template <class S>
bool compare(Frame& frame, const Code& code) {
  using T = typename S::T;
  const auto map = [&](auto function) {
    map2<std::uint32_t, T>(frame, code, [&](T a, T b) { return truth(function(a, b)); });
    return true;
  };
  switch (static_cast<BinaryKind>(code.kind)) {
    case BinaryKind::equal:
      return map([](T a, T b) { return a == b; });
    case BinaryKind::not_equal:
      return map([](T a, T b) { return a != b; });
    case BinaryKind::less:
      return map([](T a, T b) { return a < b; });
    case BinaryKind::less_equal:
      return map([](T a, T b) { return a <= b; });
    case BinaryKind::greater:
      return map([](T a, T b) { return a > b; });
    case BinaryKind::greater_equal:
      return map([](T a, T b) { return a >= b; });
    case BinaryKind::min:
      map2<T, T>(frame, code, [](T a, T b) { return b < a ? b : a; });
      return true;
    case BinaryKind::max:
      map2<T, T>(frame, code, [](T a, T b) { return a < b ? b : a; });
      return true;
    default:
      return false;
  }
}

template <class S>
void float_binary(Frame& frame, const Code& code) {
  if (compare<S>(frame, code)) return;
  const auto map = [&](auto function) {
    map2<float, float>(frame, code, [&](float a, float b) { return S::rounded(function(a, b)); });
  };
  switch (static_cast<BinaryKind>(code.kind)) {
    case BinaryKind::add:
      return map([](float a, float b) { return a + b; });
    case BinaryKind::sub:
      return map([](float a, float b) { return a - b; });
    case BinaryKind::mul:
      return map([](float a, float b) { return a * b; });
    case BinaryKind::div:
      return map([](float a, float b) { return a / b; });
    default:
      CHECK(false, "not a binary op of floats");
  }
}

// Division; a lane that does not take part may divide by zero, and gets 0.
template <class S>
void divide(Frame& frame, const Code& code) {
  using T = typename S::T;
  if (refuse<T>(frame, code, FaultKind::division_by_zero, [](T b) { return b == 0; })) return;
  const auto map = [&](auto function) {
    map2<T, T>(frame, code, [&](T a, T b) {
      // 64 bits hold -2^31 / -1; it wraps to -2^31, as WGSL defines it.
      return b == 0 ? T{0} : static_cast<T>(function(std::int64_t{a}, std::int64_t{b}));
    });
  };
  if (static_cast<BinaryKind>(code.kind) == BinaryKind::div)
    map([](std::int64_t a, std::int64_t b) { return a / b; });
  else
    map([](std::int64_t a, std::int64_t b) { return a % b; });
}

template <class S>
void shift(Frame& frame, const Code& code) {
  using T = typename S::T;
  if (refuse<std::uint32_t>(frame, code, FaultKind::wide_shift,
                            [](std::uint32_t b) { return b >= 32; }))
    return;
  if (static_cast<BinaryKind>(code.kind) == BinaryKind::shift_left)
    map2<std::uint32_t, std::uint32_t>(
        frame, code, [](std::uint32_t a, std::uint32_t b) { return a << (b & 31U); });
  else
    map2<T, T>(frame, code,
               [](T a, T b) { return static_cast<T>(a >> (static_cast<std::uint32_t>(b) & 31U)); });
}

template <class S>
void integer_binary(Frame& frame, const Code& code) {
  if (compare<S>(frame, code)) return;
  const auto map = [&](auto function) {
    map2<std::uint32_t, std::uint32_t>(frame, code, function);
  };
  using W = std::uint32_t;
  switch (static_cast<BinaryKind>(code.kind)) {
    case BinaryKind::add:
      return map([](W a, W b) { return a + b; });
    case BinaryKind::sub:
      return map([](W a, W b) { return a - b; });
    case BinaryKind::mul:
      return map([](W a, W b) { return a * b; });
    case BinaryKind::div:
    case BinaryKind::rem:
      return divide<S>(frame, code);
    case BinaryKind::shift_left:
    case BinaryKind::shift_right:
      return shift<S>(frame, code);
    case BinaryKind::bit_and:
    case BinaryKind::logical_and:
      return map([](W a, W b) { return a & b; });
    case BinaryKind::bit_or:
    case BinaryKind::logical_or:
      return map([](W a, W b) { return a | b; });
    case BinaryKind::bit_xor:
      return map([](W a, W b) { return a ^ b; });
    default:
      CHECK(false, "not a binary op of integers");
  }
}

void select(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const auto* condition = frame.column<std::uint32_t>(code.a[k]);
    const auto* a = frame.column<std::uint32_t>(code.b[k]);
    const auto* b = frame.column<std::uint32_t>(code.c[k]);
    auto* __restrict result = frame.column<std::uint32_t>(code.result + k);
    for (std::uint32_t lane = 0; lane < lanes; ++lane)
      result[lane] = (a[lane] & condition[lane]) | (b[lane] & ~condition[lane]);
  }
}

// code.width is that of the vector; b holds the lane's number.
void extract(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  const std::uint32_t width = code.width;
  const auto* number = frame.column<std::uint32_t>(code.b[0]);
  auto* __restrict result = frame.column<std::uint32_t>(code.result);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (number[lane] < width) {
      result[lane] = frame.column<std::uint32_t>(code.a[number[lane]])[lane];
    } else if (frame.mask[lane] != 0) {
      return frame.fail(code, FaultKind::no_such_lane, lane, number[lane], width);
    }
  }
}

template <class S>
void dot(Frame& frame, const Code& code) {
  const std::uint32_t lanes = frame.lanes;
  auto* __restrict result = frame.column<float>(code.result);
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const float* a = frame.column<float>(code.a[k]);
    const float* b = frame.column<float>(code.b[k]);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      const float product = S::rounded(a[lane] * b[lane]);
      result[lane] = k == 0 ? product : S::rounded(result[lane] + product);
    }
  }
}

Action unary_action(UnaryKind kind, Scalar scalar) {
  if (scalar == Scalar::f32) return float_unary<F32>;
  if (scalar == Scalar::f16) return float_unary<F16>;
  return kind == UnaryKind::abs && scalar == Scalar::u32 ? same : integer_unary;
}
Action binary_action(Scalar scalar) {
  switch (scalar) {
    case Scalar::f32:
      return float_binary<F32>;
    case Scalar::f16:
      return float_binary<F16>;
    case Scalar::i32:
      return integer_binary<I32>;
    default:
      return integer_binary<U32>;  // bool too: its words are 0 and ~0
  }
}

}  // namespace

Action arithmetic_action(const Kernel& kernel, const Op& op) {
  const auto scalar = [&](Value value) { return kernel.values[value.id].scalar; };
  return match(
      op, [&](const Unary& u) -> Action { return unary_action(u.kind, scalar(u.x)); },
      [&](const Binary& b) -> Action { return binary_action(scalar(b.a)); },
      [](const Select&) -> Action { return select; },
      [&](const Convert& c) -> Action { return convert_action(scalar(c.x), c.to); },
      [](const Bitcast&) -> Action { return same; },
      [](const Unpack& u) -> Action {
        return u.kind == UnpackKind::u8x4 ? unpack_bytes : unpack_halves;
      },
      [](const Pack&) -> Action { return pack_halves; },
      [](const Extract&) -> Action { return extract; },
      [&](const Subgroup& s) -> Action { return subgroup_action(s.kind, scalar(s.x)); },
      [&](const Dot& d) -> Action { return scalar(d.a) == Scalar::f16 ? dot<F16> : dot<F32>; },
      [](const auto&) -> Action { return nullptr; });
}

}  // namespace ir::kernel
