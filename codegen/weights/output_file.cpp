// SPDX-License-Identifier: Apache-2.0
#include "codegen/weights/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

namespace codegen::weights {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> free_bytes(const fs::path& path) {
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (error) return std::nullopt;
  return space.available;
}

ir::Diagnostic disk_full(std::string message, const fs::path& path) {
  return {.kind = ir::DiagnosticKind::disk_full,
          .message = std::move(message),
          .where = {.path = path.string()},
          .help = "free some space, or name a folder on another disk with -o"};
}

// 0, or the errno of what failed.
int write_all(int file, std::span<const std::byte> bytes) {
  constexpr std::size_t kChunkBytes = 8 << 20;
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), std::min(bytes.size(), kChunkBytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

ir::Diagnostic write_error(int error, const fs::path& path, std::uint64_t bytes) {
  if (error == EFBIG)
    return disk_full(fmt::format("{} bytes are more than the file size limit allows", bytes), path);
  if (error == EDQUOT)
    return disk_full(fmt::format("{} bytes are more than the disk quota allows", bytes), path);
  if (error == ENOSPC) {
    const auto left = free_bytes(path.parent_path());
    return disk_full(
        left ? fmt::format("the disk is full: {} bytes are needed, {} are free", bytes, *left)
             : fmt::format("the disk is full: {} bytes are needed", bytes),
        path);
  }
  return {.kind = ir::DiagnosticKind::file_unwritable,
          .message = fmt::format("cannot be written: {}", std::generic_category().message(error)),
          .where = {.path = path.string()},
          .help = "name a folder that you may write to with -o"};
}

std::string segment_path(std::string_view sha256) {
  return fmt::format("weights/{}.bin", sha256.substr(0, 16));
}

ir::Result<void> write_file(const fs::path& path, std::span<const std::byte> bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return write_error(errno, path, bytes.size());
  int error = write_all(file, bytes);
  // Network file systems report a full disk only here.
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0) return {};
  unlink(path.c_str());
  return write_error(error, path, bytes.size());
}

ir::Result<void> check_free_space(const fs::path& folder, std::uint64_t bytes) {
  const auto left = free_bytes(folder);
  if (!left || *left >= bytes) return {};
  return write_error(ENOSPC, folder / "model.json", bytes);
}

}  // namespace codegen::weights
