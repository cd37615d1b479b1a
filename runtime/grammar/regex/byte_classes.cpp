// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/byte_classes.h"

#include <utility>

namespace runtime::grammar::regex {

ByteClasses::ByteClasses() {
  intern([](unsigned) { return 0U; });
  intern([](unsigned byte) { return byte; });
}

template <class Key>
ByteClasses::Partition ByteClasses::intern(const Key& key) {
  auto made = std::make_unique<Classes>();
  std::array<std::uint32_t, 256> keys = {};
  std::uint32_t hash = 0x811c9dc5;
  std::uint32_t last = 0;  // neighbours mostly share a class
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::uint32_t wanted = key(byte);
    std::uint32_t at = made->count != 0 && keys[last] == wanted ? last : 0;
    while (at < made->count && keys[at] != wanted) ++at;
    if (at == made->count) {
      keys[at] = wanted;
      made->least[made->count++] = static_cast<std::uint8_t>(byte);
    }
    made->of[byte] = static_cast<std::uint8_t>(at);
    hash = (hash ^ at) * 0x01000193;
    last = at;
  }
  for (Partition p = 0; p < all_.size(); ++p)
    if (hashes_[p] == hash && all_[p]->of == made->of) return p;
  all_.push_back(std::move(made));
  hashes_.push_back(hash);
  return static_cast<Partition>(all_.size() - 1);
}

ByteClasses::Partition ByteClasses::split(const ByteSet& set) {
  return intern([&](unsigned byte) { return set.contains(static_cast<std::uint8_t>(byte)); });
}

ByteClasses::Partition ByteClasses::split_singly(std::span<const std::uint32_t> bytes) {
  ByteSet alone;
  for (const std::uint32_t byte : bytes) alone.insert(static_cast<std::uint8_t>(byte));
  return intern([&](unsigned byte) {
    return alone.contains(static_cast<std::uint8_t>(byte)) ? byte + 1 : 0;
  });
}

ByteClasses::Partition ByteClasses::refine(Partition a, Partition b) {
  if (a == b || b == kOne) return a;
  if (a == kOne || b == kEach) return b;
  if (a == kEach) return a;
  if (b < a) std::swap(a, b);
  Refined& cached = refined_[(a * 31 + b) % refined_.size()];
  if (cached.a == a && cached.b == b) return cached.result;
  const Classes& left = *all_[a];
  const Classes& right = *all_[b];
  const Partition result =
      intern([&](unsigned byte) { return left.of[byte] * 256U + right.of[byte]; });
  cached = {a, b, result};
  return result;
}

}  // namespace runtime::grammar::regex
