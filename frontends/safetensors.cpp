// SPDX-License-Identifier: Apache-2.0
#include "frontends/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ir/support/check.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;

constexpr std::uint64_t kLengthBytes = 8;

// What lies in a file that is named *.safetensors and is none, by its first bytes.
struct Impostor {
  std::string_view begins_with;
  DiagnosticKind kind;
  std::string_view message;
  std::string_view help;
};
constexpr std::array kImpostors = {
    Impostor{"version https://git-lfs", DiagnosticKind::missing_weights,
             "this is a Git LFS pointer, the weights themselves were not downloaded",
             "run `git lfs pull` in the model folder"},
    Impostor{"PK\x03\x04", DiagnosticKind::pickle_checkpoint,
             "this is a PyTorch pickle, although it is named safetensors",
             "load it with torch.load(path, weights_only=True) and write it again with "
             "safetensors.torch.save_file"},
    Impostor{"GGUF", DiagnosticKind::unsupported_checkpoint,
             "this is a GGUF file, although it is named safetensors",
             "use the original safetensors checkpoint of the model"},
    Impostor{"<", DiagnosticKind::missing_weights,
             "this is a web page, not weights: the download was answered by an error or a login",
             "download the file again; a gated model wants you to log in first"},
};

Diagnostic not_safetensors(const std::string& path, std::string_view beginning,
                           std::uint64_t header_bytes) {
  for (const Impostor& impostor : kImpostors)
    if (beginning.starts_with(impostor.begins_with))
      return {.kind = impostor.kind,
              .message = std::string(impostor.message),
              .where = {path},
              .help = std::string(impostor.help)};
  return {.kind = DiagnosticKind::malformed_checkpoint,
          .message = fmt::format("the file claims a header of {} bytes, but the format allows {}",
                                 header_bytes, kMaxSafetensorsHeaderBytes),
          .where = {path},
          .help = "this is probably no safetensors file, or a damaged one: download it again"};
}

Diagnostic truncated(const std::string& path, std::string message) {
  return {.kind = DiagnosticKind::file_truncated,
          .message = std::move(message),
          .where = {path},
          .help = "the download is probably incomplete: download the file again"};
}

// The length of the JSON header, checked against the format and the file.
ir::Result<std::uint64_t> read_header_length(const File& file) {
  std::array<char, 24> start = {};
  const std::size_t known = std::min<std::size_t>(start.size(), file.bytes());
  TRY_DO(file.read_at(0, std::as_writable_bytes(std::span(start).first(known))));
  if (file.bytes() < kLengthBytes)
    return truncated(file.path(), fmt::format("the file has {} bytes, but the length of its header "
                                              "alone takes {}",
                                              file.bytes(), kLengthBytes));
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length |= std::uint64_t{static_cast<unsigned char>(start[i])} << (8 * i);
  if (length > kMaxSafetensorsHeaderBytes)
    return not_safetensors(file.path(), {start.data(), known}, length);
  if (length > file.bytes() - kLengthBytes)
    return truncated(file.path(), fmt::format("the header takes {} bytes, but only {} follow its "
                                              "length",
                                              length, file.bytes() - kLengthBytes));
  return length;
}

}  // namespace

ir::Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  TRY(File file, File::open(path));
  TRY(const std::uint64_t header_bytes, read_header_length(file));
  std::string header(header_bytes, '\0');
  TRY_DO(file.read_at(kLengthBytes, std::as_writable_bytes(std::span(header))));
  const std::uint64_t data_begin = kLengthBytes + header_bytes;
  TRY(StoredTensors tensors,
      parse_safetensors_header(header, file.bytes() - data_begin, file.path()));
  return SafetensorsFile(std::move(file), data_begin, std::move(tensors));
}

ir::Result<void> SafetensorsFile::read(const StoredTensor& tensor, std::uint64_t offset,
                                       std::span<std::byte> out) const {
  const std::uint64_t bytes = tensor.entry.bytes();
  CHECK(offset <= bytes && out.size() <= bytes - offset, "{}: bytes {} to {} of {}",
        tensor.entry.name, offset, offset + out.size(), bytes);
  return file_.read_at(data_begin_ + tensor.begin + offset, out);
}

}  // namespace frontends
