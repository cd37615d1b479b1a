// SPDX-License-Identifier: Apache-2.0
// BindGroups: each distinct (kernel, buffers) of a program's dispatches, once, in the order of
// first use. What the runtime creates at load; the plan functions refer to it by index.
//
//   dispatch norm(x0, w0, x1)   -> group 0
//   dispatch norm(x0, w1, x1)   -> group 1
//   dispatch norm(x0, w0, x1)   -> group 0 again
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "ir/kernel/program.h"

namespace ir::kernel {

struct BindGroup {
  std::uint32_t kernel = 0;
  std::vector<std::uint32_t> buffers;  // in binding order
  auto operator<=>(const BindGroup&) const = default;
};

class BindGroups {
 public:
  explicit BindGroups(const Program& program);

  const std::vector<BindGroup>& list() const { return list_; }
  // The index of a dispatch of the program.
  std::uint32_t index_of(const Dispatch& dispatch) const;

 private:
  std::vector<BindGroup> list_;
  std::map<BindGroup, std::uint32_t> indices_;
};

}  // namespace ir::kernel
