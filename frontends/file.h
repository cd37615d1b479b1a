// SPDX-License-Identifier: Apache-2.0
// An open file of the user: reads are bounded, and each failure is a Diagnostic.
//
//   TRY(File file, File::open("model.safetensors"));
//   TRY_DO(file.read_at(8, header));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "ir/support/result.h"

namespace frontends {

class File {
 public:
  // Errors: file_not_found, file_unreadable (also: not a regular file).
  static ir::Result<File> open(const std::filesystem::path& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  const std::string& path() const { return path_; }
  std::uint64_t bytes() const { return bytes_; }  // when it was opened

  // Fills `out` from byte `offset` on. Safe to call from several threads. Errors: file_truncated
  // (the file has become shorter), file_unreadable.
  ir::Result<void> read_at(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  File(std::string path, int descriptor, std::uint64_t bytes)
      : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes) {}

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
};

// The whole of a text file of at most `max_bytes`. Errors: as File, and file_too_large.
ir::Result<std::string> read_text(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace frontends
