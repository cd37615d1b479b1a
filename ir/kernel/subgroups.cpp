// SPDX-License-Identifier: Apache-2.0
// Reductions over simulated subgroups: whole ones, but for the last, which has what is left.
#include <algorithm>

#include "ir/kernel/lanes.h"

namespace ir::kernel {
namespace {

struct Add {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a + b);
  }
};
struct Min {
  template <class T>
  static T of(T a, T b) {
    return std::min(a, b);
  }
};
struct Max {
  template <class T>
  static T of(T a, T b) {
    return std::max(a, b);
  }
};

template <class S, class Kind>
void reduce(Frame& frame, const Code& code) {
  using T = typename S::T;
  if (!frame.everyone()) return frame.fail(code, FaultKind::divergent_barrier, frame.first_lane());
  for (std::uint32_t k = 0; k < code.width; ++k) {
    const T* x = frame.column<T>(code.a[k]);
    T* result = frame.column<T>(code.result + k);
    for (std::uint32_t first = 0; first < frame.lanes; first += frame.subgroup_size) {
      const std::uint32_t end = std::min(first + frame.subgroup_size, frame.lanes);
      T total = x[frame.subgroups[first]];
      for (std::uint32_t place = first + 1; place < end; ++place)
        total = S::rounded(Kind::of(total, x[frame.subgroups[place]]));
      for (std::uint32_t place = first; place < end; ++place)
        result[frame.subgroups[place]] = total;
    }
  }
}

template <class S>
Action action_of(SubgroupKind kind) {
  switch (kind) {
    case SubgroupKind::add:
      return reduce<S, Add>;
    case SubgroupKind::min:
      return reduce<S, Min>;
    case SubgroupKind::max:
      return reduce<S, Max>;
  }
  return nullptr;
}

}  // namespace

Action subgroup_action(SubgroupKind kind, Scalar scalar) {
  switch (scalar) {
    case Scalar::f32:
      return action_of<F32>(kind);
    case Scalar::f16:
      return action_of<F16>(kind);
    case Scalar::i32:
      return action_of<I32>(kind);
    default:
      return action_of<U32>(kind);
  }
}

}  // namespace ir::kernel
