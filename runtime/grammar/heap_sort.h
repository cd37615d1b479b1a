// SPDX-License-Identifier: Apache-2.0
// Sorting in little code: std::sort takes some kilobytes for every type that it sorts.
//
//   heap_sort(std::span(edges), [](const Edge& a, const Edge& b) { return a.next < b.next; });
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

// `less` is a strict weak order; what is equal in it ends up in any order.
template <class T, class Less = std::less<>>
void heap_sort(std::span<T> items, const Less& less = {}) {
  // Each item is at most its parent, at half its place, from `root` on.
  const auto sink = [&](std::size_t root, std::size_t size) {
    for (std::size_t child = 2 * root + 1; child < size; child = 2 * root + 1) {
      if (child + 1 < size && less(items[child], items[child + 1])) ++child;
      if (!less(items[root], items[child])) return;
      std::swap(items[root], items[child]);
      root = child;
    }
  };
  for (std::size_t root = items.size() / 2; root-- > 0;) sink(root, items.size());
  for (std::size_t size = items.size(); size-- > 1;) {
    std::swap(items[0], items[size]);
    sink(0, size);
  }
}

// Sorted, and without what is there twice.
template <class T>
void sort_and_unite(List<T>& items) {
  heap_sort(std::span<T>(items));
  items.resize(static_cast<std::size_t>(std::unique(items.begin(), items.end()) - items.begin()));
}

}  // namespace runtime::grammar
