// SPDX-License-Identifier: Apache-2.0
// Target: what a GPU offers beyond what WebGPU promises everywhere. Facts, as a value: a kernel is
// written for one, a device has one.
//
//   includes({.f16 = true, .subgroups = true}, {.f16 = true})   ->  true
#pragma once

namespace ir {

struct Target {
  bool f16 = false;        // WebGPU's feature "shader-f16"
  bool subgroups = false;  // "subgroups", of 4 to 128 invocations: the size is never assumed

  bool operator==(const Target&) const = default;
};

// Whether what needs `needed` runs on what has `present`.
constexpr bool includes(Target present, Target needed) {
  return (present.f16 || !needed.f16) && (present.subgroups || !needed.subgroups);
}

}  // namespace ir
