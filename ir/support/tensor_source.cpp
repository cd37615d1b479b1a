// SPDX-License-Identifier: Apache-2.0
#include "ir/support/tensor_source.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "ir/support/check.h"
#include "ir/support/half.h"

namespace ir {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;  // stays in the first cache between read and use

// The bits of the largest magnitude: in every format those of NaN and infinity are above all
// others. Two-byte values are compared as they are stored, which even the oldest vectors do eight
// at a time.
template <class Bits>
Bits largest_magnitude(std::span<const std::byte> raw) {
  constexpr Bits kMagnitude = std::numeric_limits<Bits>::max();  // all but the sign
  Bits largest = 0;
  for (std::size_t i = 0; i < raw.size(); i += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, &raw[i], sizeof bits);
    largest = std::max<Bits>(largest, bits & kMagnitude);
  }
  return largest;
}

template <class Stored, class ToF32>
void convert(std::span<const std::byte> raw, std::span<float> out, ToF32 to_f32) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, &raw[i * sizeof value], sizeof value);
    out[i] = to_f32(value);
  }
}

// Returns the largest magnitude.
template <class ToF32>
float convert_halves(std::span<const std::byte> raw, std::span<float> out, ToF32 to_f32) {
  convert<std::uint16_t>(raw, out, to_f32);
  return to_f32(static_cast<std::uint16_t>(largest_magnitude<std::int16_t>(raw)));
}

float largest_of(std::span<const float> values) {
  return std::bit_cast<float>(largest_magnitude<std::int32_t>(std::as_bytes(values)));
}

float convert(DType dtype, std::span<const std::byte> raw, std::span<float> out) {
  switch (dtype) {
    case DType::f16:
      return convert_halves(raw, out, f16_to_f32);
    case DType::bf16:
      return convert_halves(raw, out, bf16_to_f32);
    case DType::f64:
      convert<double>(raw, out, [](double value) { return static_cast<float>(value); });
      return largest_of(out);
    default:
      CHECK(false, "cannot read {} as f32", name_of(dtype));
  }
}

// The larger of two magnitudes; one that is not finite is larger than all that are.
float larger(float a, float b) {
  return std::bit_cast<float>(
      std::max(std::bit_cast<std::int32_t>(a), std::bit_cast<std::int32_t>(b)));
}

}  // namespace

Result<float> read_f32(const TensorSource& source, const TensorEntry& tensor, std::int64_t begin,
                       std::span<float> out) {
  const std::uint32_t width = bytes_of(tensor.dtype);
  auto offset = static_cast<std::uint64_t>(begin) * width;
  if (tensor.dtype == DType::f32) {
    TRY_DO(source.read(tensor, offset, std::as_writable_bytes(out)));
    return largest_of(out);
  }
  float largest = 0;
  std::array<std::byte, kChunkBytes> chunk;
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), kChunkBytes / width);
    const auto raw = std::span(chunk).first(count * width);
    TRY_DO(source.read(tensor, offset, raw));
    largest = larger(largest, convert(tensor.dtype, raw, out.first(count)));
    out = out.subspan(count);
    offset += raw.size();
  }
  return largest;
}

}  // namespace ir
