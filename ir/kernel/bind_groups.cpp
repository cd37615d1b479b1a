// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/bind_groups.h"

#include "ir/support/check.h"

namespace ir::kernel {

BindGroups::BindGroups(const Program& program) {
  for (const ScheduledFunction& function : program.functions) {
    for (const Step& step : function.steps) {
      const Dispatch* dispatch = std::get_if<Dispatch>(&step.action);
      if (dispatch == nullptr) continue;
      BindGroup group{dispatch->kernel, dispatch->buffers};
      const auto index = static_cast<std::uint32_t>(list_.size());
      if (indices_.emplace(group, index).second) list_.push_back(std::move(group));
    }
  }
}

std::uint32_t BindGroups::index_of(const Dispatch& dispatch) const {
  const auto found = indices_.find(BindGroup{dispatch.kernel, dispatch.buffers});
  CHECK(found != indices_.end(), "a dispatch of kernel {} is not of this program", dispatch.kernel);
  return found->second;
}

}  // namespace ir::kernel
