// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/deflate.h"

#include <zlib.h>

#include <algorithm>

#include "ir/support/check.h"

namespace codegen::bundle {

std::vector<std::byte> deflate(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::vector<std::byte> stream(size);
  const int status =
      compress2(reinterpret_cast<Bytef*>(stream.data()), &size,
                reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_BEST_COMPRESSION);
  CHECK(status == Z_OK, "zlib gives {}", status);
  stream.resize(size);
  return stream;
}

std::optional<std::string> inflate(std::span<const std::byte> stream, std::size_t most) {
  z_stream state{};
  if (inflateInit(&state) != Z_OK) return std::nullopt;
  state.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stream.data()));
  state.avail_in = static_cast<uInt>(stream.size());
  std::string text;
  int status = Z_OK;
  while (status == Z_OK && text.size() <= most) {
    const std::size_t done = text.size();
    text.resize(done + (std::size_t{1} << 16));
    state.next_out = reinterpret_cast<Bytef*>(text.data() + done);
    state.avail_out = static_cast<uInt>(text.size() - done);
    status = ::inflate(&state, Z_NO_FLUSH);
    text.resize(text.size() - state.avail_out);
  }
  const bool whole = status == Z_STREAM_END && state.avail_in == 0 && text.size() <= most;
  inflateEnd(&state);
  if (!whole) return std::nullopt;
  return text;
}

}  // namespace codegen::bundle
