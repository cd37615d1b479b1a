// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/wasm_section.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace codegen::bundle {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::array kHeader = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'},
                                std::byte{1}, std::byte{0},   std::byte{0},   std::byte{0}};

// Takes an unsigned LEB128 of at most 32 bits from the front.
std::optional<std::uint32_t> take_leb128(Bytes& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint64_t>(bytes.front());
    bytes = bytes.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value <= 0xffffffff ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

// Takes a block that is preceded by its size.
std::optional<Bytes> take_block(Bytes& bytes) {
  const auto size = take_leb128(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  const Bytes block = bytes.first(*size);
  bytes = bytes.subspan(*size);
  return block;
}

}  // namespace

std::optional<Bytes> find_custom_section(Bytes module, std::string_view name) {
  if (module.size() < kHeader.size() || !std::equal(kHeader.begin(), kHeader.end(), module.begin()))
    return std::nullopt;
  for (Bytes rest = module.subspan(kHeader.size()); !rest.empty();) {
    const bool custom = rest.front() == std::byte{0};
    rest = rest.subspan(1);
    auto section = take_block(rest);
    if (!section) return std::nullopt;
    if (!custom) continue;
    const auto found = take_block(*section);
    if (!found) return std::nullopt;
    const Bytes wanted = std::as_bytes(std::span(name));
    if (std::equal(found->begin(), found->end(), wanted.begin(), wanted.end())) return section;
  }
  return std::nullopt;
}

}  // namespace codegen::bundle
