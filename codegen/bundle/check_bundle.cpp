// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/check_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "codegen/weights/tensor_encoder.h"
#include "ir/support/check.h"

namespace codegen::bundle {
namespace {

ir::Diagnostic fault(const Bundle& bundle, ir::DiagnosticKind kind, const TensorEntry& tensor,
                     std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .where = {.path = (bundle.folder / kManifestName).string(), .item = tensor.name},
          .help = "the bundle is damaged: copy or compile it again"};
}

ir::Result<void> check_size(const Bundle& bundle, const TensorEntry& tensor) {
  const auto encoding = ir::encoding_named(tensor.encoding);
  if (!encoding)
    return fault(bundle, ir::DiagnosticKind::unsupported_bundle, tensor,
                 fmt::format("the encoding \"{}\" is not known", tensor.encoding));
  const bool tiled = ir::info_of(*encoding).columns > 1;
  if (tensor.shape.size() != (tiled ? 2U : 1U))
    return fault(bundle, ir::DiagnosticKind::malformed_bundle, tensor,
                 fmt::format("a tensor of rank {} as {}", tensor.shape.size(), tensor.encoding));
  const auto extent = [&](std::size_t i) { return static_cast<std::uint64_t>(tensor.shape[i]); };
  const std::uint64_t bytes =
      ir::encoded_shape(*encoding, extent(0), tiled ? extent(1) : 1).bytes();
  if (bytes != tensor.bytes)
    return fault(bundle, ir::DiagnosticKind::malformed_bundle, tensor,
                 fmt::format("has {} bytes, but its shape takes {} as {}", tensor.bytes, bytes,
                             tensor.encoding));
  return {};
}

// Pieces of all tensors in the order in which they lie in the segments.
struct Place {
  std::uint32_t segment = 0;
  std::uint64_t begin = 0, end = 0;
  const TensorEntry* tensor = nullptr;
};

ir::Result<void> check_pieces(const Bundle& bundle) {
  std::vector<Place> places;
  for (const TensorEntry& tensor : bundle.manifest.tensors)
    for (const weights::Piece& piece : tensor.pieces) {
      if (piece.offset % weights::kPieceAlignment != 0)
        return fault(bundle, ir::DiagnosticKind::malformed_bundle, tensor,
                     fmt::format("a piece begins at {}, no multiple of {}", piece.offset,
                                 weights::kPieceAlignment));
      places.push_back({piece.segment, piece.offset, piece.offset + piece.bytes, &tensor});
    }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.segment, a.begin, a.end) < std::tie(b.segment, b.begin, b.end);
  });
  for (std::size_t i = 1; i < places.size(); ++i) {
    const Place &before = places[i - 1], &after = places[i];
    // Segments of equal content are one file: there, equal pieces may be the same bytes.
    const bool same = before.begin == after.begin && before.end == after.end;
    if (before.segment == after.segment && before.end > after.begin && !same)
      return fault(
          bundle, ir::DiagnosticKind::malformed_bundle, *after.tensor,
          fmt::format("shares bytes from {} on with {}", after.begin, before.tensor->name));
  }
  return {};
}

// Codes and scales of a band as the bundle stores them.
ir::Result<void> read_band(const Bundle& bundle, std::size_t tensor,
                           const weights::TensorLayout& layout, std::uint64_t band,
                           std::span<std::byte> codes, std::span<std::byte> scales) {
  TRY_DO(read_tensor_bytes(bundle, tensor, band * layout.band_code_bytes, codes));
  return read_tensor_bytes(bundle, tensor,
                           layout.bands * layout.band_code_bytes + band * layout.band_scale_bytes,
                           scales);
}

std::uint64_t differences(std::span<const std::byte> a, std::span<const std::byte> b) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i] ? 0 : 1;
  return count;
}

}  // namespace

ir::Result<void> check_layout(const Bundle& bundle, const ProgramSection& program) {
  for (const TensorEntry& tensor : bundle.manifest.tensors) TRY_DO(check_size(bundle, tensor));
  TRY_DO(check_pieces(bundle));
  for (const SectionBuffer& buffer : program.buffers) {
    if (buffer.role != ir::kernel::BufferRole::weight) continue;
    const TensorEntry& tensor = bundle.manifest.tensors[buffer.tensor];
    if (buffer.bytes > tensor.bytes)
      return fault(bundle, ir::DiagnosticKind::malformed_bundle, tensor,
                   fmt::format("has {} bytes, but the program's buffer {} has {}", tensor.bytes,
                               buffer.name, buffer.bytes));
  }
  return {};
}

ir::Result<TensorComparison> compare_tensor(const Bundle& bundle, std::size_t tensor,
                                            const ir::TensorSource& source,
                                            const ir::graph::WeightDecl& weight) {
  const weights::TensorEncoder encoder(source, weight);
  const weights::TensorLayout& layout = encoder.layout();
  const bool is_vector = weight.shape.size() == 1;
  const auto rows = static_cast<std::uint64_t>(weight.shape[0]);
  const std::uint64_t k = is_vector ? 1 : static_cast<std::uint64_t>(weight.shape[1]);
  const std::uint64_t band_rows = is_vector ? rows : ir::info_of(weight.encoding).columns;
  std::vector<std::byte> codes(layout.band_code_bytes), scales(layout.band_scale_bytes);
  std::vector<std::byte> codes_now(codes.size()), scales_now(scales.size());
  std::vector<float> exact(band_rows * k), stored(exact.size());

  TensorComparison comparison;
  for (std::uint64_t band = 0; band < layout.bands; ++band) {
    TRY_DO(read_band(bundle, tensor, layout, band, codes, scales));
    TRY_DO(encoder.encode_bands(band, 1, codes_now, scales_now));
    comparison.other_bytes += differences(codes, codes_now) + differences(scales, scales_now);
    const std::uint64_t count = std::min(band_rows, rows - band * band_rows) * k;
    const auto present = std::span(exact).first(count);
    TRY_DO(encoder.read_rows(band * band_rows, present));
    if (is_vector)
      std::memcpy(stored.data(), codes.data(), count * sizeof(float));
    else
      ir::decode_band(weight.encoding, codes, scales, k, stored);
    comparison.error.add(present, std::span(stored).first(count));
  }
  return comparison;
}

}  // namespace codegen::bundle
