// SPDX-License-Identifier: Apache-2.0
// Which physical pages of the KV cache are in use. A page that is let go while submitted steps may
// still touch it can be taken again only when those steps have completed.
//
//   PagePool pool(/*capacity=*/100);
//   pool.take();          // 0: the lowest free page
//   pool.begin_step();    // 1
//   pool.drop(0);
//   pool.take();          // 1, because step 1 may still write page 0
//   pool.complete(1);
//   pool.take();          // 0
//   pool.high_water();    // 2: the pools must hold so many pages
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace runtime::host {

class PagePool {
 public:
  explicit PagePool(std::uint32_t capacity) : capacity_(capacity) {}

  // Steps are numbered from 1 in the order of submission and complete in that order.
  std::uint64_t begin_step() { return ++begun_; }
  void complete(std::uint64_t step) {
    if (step > completed_ && step <= begun_) completed_ = step;
  }

  // The lowest page that nobody holds; nullopt if all are held, or waited for.
  std::optional<std::uint32_t> take();
  void share(std::uint32_t page) { ++pages_[page].holders; }  // one holder more
  void drop(std::uint32_t page);                              // one holder less

  std::uint32_t holders(std::uint32_t page) const { return pages_[page].holders; }
  std::uint32_t high_water() const { return static_cast<std::uint32_t>(pages_.size()); }

 private:
  struct Page {
    std::uint32_t holders = 0;
    std::uint64_t free_after = 0;  // the last step that may touch it
  };

  std::uint32_t capacity_;
  std::vector<Page> pages_;
  std::uint64_t begun_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace runtime::host
