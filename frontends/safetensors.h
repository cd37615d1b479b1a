// SPDX-License-Identifier: Apache-2.0
// One *.safetensors file: 8 bytes of header length, a JSON header, the tensors' bytes.
//
//   {"norm.weight": {"dtype": "BF16", "shape": [64], "data_offsets": [0, 128]}}
//   -> tensors()["norm.weight"] = {bf16, [64]}, read() by pread
//
// The header is data from strangers: length, nesting, dtypes, shapes, overflow, offsets, overlaps,
// holes and duplicate names are all checked before the first byte of a tensor is read.
// Format: https://github.com/huggingface/safetensors#format
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "frontends/file.h"
#include "ir/support/tensor_source.h"

namespace frontends {

// The format's own cap on the header.
inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

// A tensor and where its bytes begin, counted from the end of the header.
struct StoredTensor {
  ir::TensorEntry entry;
  std::uint64_t begin = 0;
};
using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

// Parses the JSON text of a header. `data_bytes` is the length of what follows it, `path` names the
// file in diagnostics. Errors: malformed_checkpoint, duplicate_tensor, unsupported_dtype,
// file_truncated.
ir::Result<StoredTensors> parse_safetensors_header(std::span<const char> header,
                                                   std::uint64_t data_bytes,
                                                   const std::string& path);

class SafetensorsFile {
 public:
  // Errors: those of File::open and parse_safetensors_header; what the file is instead:
  // missing_weights (a Git LFS pointer, a web page), pickle_checkpoint, unsupported_checkpoint.
  static ir::Result<SafetensorsFile> open(const std::filesystem::path& path);

  const std::string& path() const { return file_.path(); }
  const StoredTensors& tensors() const { return tensors_; }

  // Fills `out` with the bytes [offset, offset + out.size()) of a tensor of this file. Safe to call
  // from several threads. Errors: file_truncated, file_unreadable.
  ir::Result<void> read(const StoredTensor& tensor, std::uint64_t offset,
                        std::span<std::byte> out) const;

 private:
  SafetensorsFile(File file, std::uint64_t data_begin, StoredTensors tensors)
      : file_(std::move(file)), data_begin_(data_begin), tensors_(std::move(tensors)) {}

  File file_;
  std::uint64_t data_begin_ = 0;
  StoredTensors tensors_;
};

}  // namespace frontends
