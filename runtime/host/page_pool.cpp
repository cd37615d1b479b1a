// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/page_pool.h"

namespace runtime::host {

std::optional<std::uint32_t> PagePool::take() {
  for (std::uint32_t page = 0; page < pages_.size(); ++page) {
    if (pages_[page].holders != 0 || pages_[page].free_after > completed_) continue;
    pages_[page].holders = 1;
    return page;
  }
  if (pages_.size() >= capacity_) return std::nullopt;
  pages_.push_back({.holders = 1});
  return high_water() - 1;
}

void PagePool::drop(std::uint32_t page) {
  if (--pages_[page].holders == 0) pages_[page].free_after = begun_;
}

}  // namespace runtime::host
