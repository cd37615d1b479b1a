// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/program.h"

#include "ir/kernel/required_target.h"

namespace ir::kernel {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 8> kRoles = {"weight", "step",    "tokens",   "page_table",
                                                    "cache",  "scratch", "sampling", "result"};

}  // namespace

std::string_view name_of(BufferRole role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<BufferRole> buffer_role_named(std::string_view name) {
  for (std::size_t i = 0; i < kRoles.size(); ++i)
    if (kRoles[i] == name) return static_cast<BufferRole>(i);
  return std::nullopt;
}

std::vector<ByteRange> weight_ranges(const Program& program, const Buffer& buffer) {
  const StoredTensor& tensor = program.weights[buffer.weight];
  const auto n = static_cast<std::uint64_t>(tensor.shape[0]);
  const auto k = static_cast<std::uint64_t>(tensor.shape.size() == 2 ? tensor.shape[1] : 1);
  const EncodedShape all = encoded_shape(tensor.encoding, n, k);
  if (!buffer.rows) return {{0, all.bytes()}};
  const EncodedShape part = encoded_shape(tensor.encoding, buffer.rows->count, k);
  const std::uint64_t first_band = buffer.rows->first / info_of(tensor.encoding).columns;
  std::vector<ByteRange> ranges = {{first_band * all.band_code_bytes, part.code_bytes}};
  if (part.scale_bytes > 0)
    ranges.push_back({all.code_bytes + first_band * all.band_scale_bytes, part.scale_bytes});
  return ranges;
}

const ScheduledFunction* Program::function(std::string_view name) const {
  for (const ScheduledFunction& function : functions)
    if (function.name == name) return &function;
  return nullptr;
}

const Kernel& Program::kernel_for(std::uint32_t kernel, Target target) const {
  for (const Variant& variant : variants)
    if (variant.of == kernel && includes(target, required_target(variant.kernel)))
      return variant.kernel;
  return kernels[kernel];
}

}  // namespace ir::kernel
