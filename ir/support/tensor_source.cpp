// SPDX-License-Identifier: Apache-2.0
#include "ir/support/tensor_source.h"

#include <cstring>

#include "ir/support/check.h"
#include "ir/support/half.h"

namespace ir {

Result<void> read_f32(const TensorSource& source, const TensorEntry& tensor, std::int64_t begin,
                      std::span<float> out) {
  const std::uint32_t width = bytes_of(tensor.dtype);
  const auto offset = static_cast<std::uint64_t>(begin) * width;
  if (tensor.dtype == DType::f32) return source.read(tensor, offset, std::as_writable_bytes(out));
  std::vector<std::byte> raw(out.size() * width);
  TRY_DO(source.read(tensor, offset, raw));
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (width == 2) {
      std::uint16_t bits;
      std::memcpy(&bits, &raw[i * 2], 2);
      out[i] = tensor.dtype == DType::f16 ? f16_to_f32(bits) : bf16_to_f32(bits);
    } else {
      CHECK(tensor.dtype == DType::f64, "cannot read {} as f32", name_of(tensor.dtype));
      double value;
      std::memcpy(&value, &raw[i * 8], 8);
      out[i] = static_cast<float>(value);
    }
  }
  return {};
}

}  // namespace ir
