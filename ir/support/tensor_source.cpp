// SPDX-License-Identifier: Apache-2.0
#include "ir/support/tensor_source.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ir/support/check.h"
#include "ir/support/half.h"

namespace ir {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;  // stays in the first cache between read and use

template <class Stored, class Convert>
void convert(std::span<const std::byte> raw, std::span<float> out, Convert to_f32) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, &raw[i * sizeof value], sizeof value);
    out[i] = to_f32(value);
  }
}

void convert(DType dtype, std::span<const std::byte> raw, std::span<float> out) {
  switch (dtype) {
    case DType::f16:
      return convert<std::uint16_t>(raw, out, f16_to_f32);
    case DType::bf16:
      return convert<std::uint16_t>(raw, out, bf16_to_f32);
    case DType::f64:
      return convert<double>(raw, out, [](double value) { return static_cast<float>(value); });
    default:
      CHECK(false, "cannot read {} as f32", name_of(dtype));
  }
}

}  // namespace

Result<void> read_f32(const TensorSource& source, const TensorEntry& tensor, std::int64_t begin,
                      std::span<float> out) {
  const std::uint32_t width = bytes_of(tensor.dtype);
  auto offset = static_cast<std::uint64_t>(begin) * width;
  if (tensor.dtype == DType::f32) return source.read(tensor, offset, std::as_writable_bytes(out));
  std::array<std::byte, kChunkBytes> chunk;
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), kChunkBytes / width);
    const auto raw = std::span(chunk).first(count * width);
    TRY_DO(source.read(tensor, offset, raw));
    convert(tensor.dtype, raw, out.first(count));
    out = out.subspan(count);
    offset += raw.size();
  }
  return {};
}

}  // namespace ir
