// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/host_tensor.h"

#include <algorithm>

#include "ir/graph/bounded.h"
#include "ir/support/check.h"

namespace ir::graph {
namespace {

template <class T>
void store_row(std::vector<T>& strip, std::size_t row, std::span<const T> values) {
  const std::size_t begin = row * values.size();
  if (strip.size() < begin + values.size()) strip.resize(begin + values.size());
  std::copy(values.begin(), values.end(), strip.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace

template <class T>
void Cache<T>::write(std::int64_t layer, std::uint32_t sequence, std::uint32_t position,
                     std::span<const T> keys, std::span<const T> values) {
  CHECK(keys.size() == static_cast<std::size_t>(width()) && values.size() == keys.size(),
        "rows of {} and {} in a cache of width {}", keys.size(), values.size(), width());
  Strip& strip = layers_.at(static_cast<std::size_t>(layer))[sequence];
  store_row(strip.keys, position, keys);
  store_row(strip.values, position, values);
}

template <class T>
std::span<const T> Cache<T>::keys(std::int64_t layer, std::uint32_t sequence) const {
  const auto& strips = layers_.at(static_cast<std::size_t>(layer));
  const auto found = strips.find(sequence);
  return found == strips.end() ? std::span<const T>() : found->second.keys;
}

template <class T>
std::span<const T> Cache<T>::values(std::int64_t layer, std::uint32_t sequence) const {
  const auto& strips = layers_.at(static_cast<std::size_t>(layer));
  const auto found = strips.find(sequence);
  return found == strips.end() ? std::span<const T>() : found->second.values;
}

template <class T>
void Cache<T>::truncate(std::uint32_t sequence, std::int64_t length) {
  const auto size = static_cast<std::size_t>(length * width());
  for (auto& strips : layers_) {
    const auto found = strips.find(sequence);
    if (found == strips.end() || found->second.keys.size() <= size) continue;
    found->second.keys.resize(size);
    found->second.values.resize(size);
  }
}

template <class T>
void Cache<T>::erase(std::uint32_t sequence, std::int64_t first, std::int64_t count,
                     const std::function<void(std::span<T> key)>& turn) {
  for (auto& strips : layers_) {
    const auto found = strips.find(sequence);
    if (found == strips.end()) continue;
    auto& [keys, values] = found->second;
    for (std::vector<T>* rows : {&keys, &values}) {
      const auto begin = rows->begin() + first * width();
      rows->erase(begin, begin + count * width());
    }
    for (auto at = static_cast<std::size_t>(first * width()); at < keys.size();
         at += static_cast<std::size_t>(width()))
      turn(std::span(keys).subspan(at, static_cast<std::size_t>(width())));
  }
}

template class Cache<float>;
template class Cache<double>;
template class Cache<Bounded>;

}  // namespace ir::graph
