// SPDX-License-Identifier: Apache-2.0
#include "frontends/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;

Diagnostic unreadable(const std::string& path, std::string why) {
  return {.kind = DiagnosticKind::file_unreadable,
          .message = std::move(why),
          .where = {path},
          .help = "check the file, its permissions and the disk"};
}

Diagnostic cannot_open(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR)
    return {.kind = DiagnosticKind::file_not_found,
            .message = "the file does not exist",
            .where = {path},
            .help = "check the name, or download the file"};
  return unreadable(path, fmt::format("the file cannot be opened: {}", std::strerror(error)));
}

}  // namespace

ir::Result<File> File::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  // O_NONBLOCK: opening a pipe must not wait for its writer; regular files ignore it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return cannot_open(name, errno);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) {
    const int error = errno;
    ::close(descriptor);
    return cannot_open(name, error);
  }
  File file(name, descriptor, static_cast<std::uint64_t>(status.st_size));
  if (!S_ISREG(status.st_mode))
    return unreadable(name, S_ISDIR(status.st_mode)
                                ? "this is a folder, but a file is needed here"
                                : "this is a device or pipe, not a regular file");
  return file;
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_(other.bytes_) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ir::Result<void> File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    constexpr std::size_t kMostPerCall = std::size_t{1} << 30;  // Linux stops just below 2 GiB
    const ssize_t got = ::pread(descriptor_, out.data(), std::min(out.size(), kMostPerCall),
                                static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return unreadable(path_,
                        fmt::format("reading failed at byte {}: {}", offset, std::strerror(errno)));
    if (got == 0)
      return Diagnostic{
          .kind = DiagnosticKind::file_truncated,
          .message = fmt::format("the file ends at byte {}, but it had {} bytes when "
                                 "it was opened",
                                 offset, bytes_),
          .where = {path_},
          .help = "another program is writing this file: wait for it, then try again"};
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

ir::Result<std::string> read_text(const std::filesystem::path& path, std::uint64_t max_bytes) {
  TRY(const File file, File::open(path));
  if (file.bytes() > max_bytes)
    return Diagnostic{.kind = DiagnosticKind::file_too_large,
                      .message = fmt::format("the file has {} bytes, but at most {} are read",
                                             file.bytes(), max_bytes),
                      .where = {file.path()},
                      .help = "check that this is the file you meant"};
  std::string text(file.bytes(), '\0');
  TRY_DO(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace frontends
