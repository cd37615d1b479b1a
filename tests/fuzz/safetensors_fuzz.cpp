// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file from a stranger: first 4 bytes the length of the data, then the
// header's text. What is accepted must keep the promises of StoredTensors.
#include <cstdint>
#include <span>

#include "frontends/safetensors.h"
#include "ir/support/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  const std::uint64_t data_bytes = std::uint64_t{bytes[0]} | std::uint64_t{bytes[1]} << 8 |
                                   std::uint64_t{bytes[2]} << 16 | std::uint64_t{bytes[3]} << 24;
  const std::span header(reinterpret_cast<const char*>(bytes) + 4, size - 4);
  const auto tensors = frontends::parse_safetensors_header(header, data_bytes, "fuzz");
  if (!tensors) {
    CHECK(!tensors.error().message.empty() && !tensors.error().help.empty(), "a mute refusal");
    return 0;
  }
  std::uint64_t total = 0;
  for (const auto& [name, tensor] : *tensors) {
    CHECK(tensor.entry.name == name && tensor.entry.elements() >= 0, "{}", name);
    CHECK(tensor.begin <= data_bytes && tensor.entry.bytes() <= data_bytes - tensor.begin, "{}",
          name);
    total += tensor.entry.bytes();
  }
  CHECK(total == data_bytes, "{} bytes of tensors in {} bytes of data", total, data_bytes);
  return 0;
}
