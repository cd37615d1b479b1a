// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/read_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include "codegen/bundle/deflate.h"
#include "codegen/bundle/wasm_section.h"
#include "codegen/weights/sha256.h"
#include "runtime/formats/step_list.h"

namespace codegen::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostManifestBytes = 64 << 20;
constexpr std::size_t kMostProgramBytes = 64 << 20;
constexpr const char* kDamaged = "the bundle is damaged: copy or compile it again";

ir::Diagnostic fault(ir::DiagnosticKind kind, const fs::path& path, std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .where = {.path = path.string()},
          .help = kDamaged};
}

ir::Result<std::uint64_t> size_of(const fs::path& path) {
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(path, error);
  if (!error) return bytes;
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return fault(ir::DiagnosticKind::file_not_found, path, "does not exist");
  return fault(ir::DiagnosticKind::file_unreadable, path,
               fmt::format("cannot be read: {}", error.message()));
}

// Fills `out` from the bytes of a file that begin at `offset`.
ir::Result<void> read_at(const fs::path& path, std::uint64_t offset, std::span<std::byte> out) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fault(ir::DiagnosticKind::file_unreadable, path, "cannot be opened");
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (in.gcount() == static_cast<std::streamsize>(out.size())) return {};
  return fault(ir::DiagnosticKind::file_truncated, path,
               fmt::format("ends before its byte {}", offset + out.size()));
}

ir::Result<std::vector<std::byte>> read_all(const fs::path& path, std::uint64_t bytes) {
  std::vector<std::byte> content(bytes);
  TRY_DO(read_at(path, 0, content));
  return content;
}

ir::Result<void> check_size(const fs::path& folder, const weights::WrittenFile& file) {
  const fs::path path = folder / file.path;
  TRY(const std::uint64_t bytes, size_of(path));
  if (bytes == file.bytes) return {};
  return fault(bytes < file.bytes ? ir::DiagnosticKind::file_truncated
                                  : ir::DiagnosticKind::malformed_bundle,
               path, fmt::format("has {} bytes, but {} says {}", bytes, kManifestName, file.bytes));
}

const weights::WrittenFile* find_file(const Manifest& manifest, std::string_view path) {
  for (const weights::WrittenFile& file : manifest.files)
    if (file.path == path) return &file;
  return nullptr;
}

}  // namespace

ir::Result<Manifest> read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  TRY(const std::uint64_t bytes, size_of(path));
  if (bytes > kMostManifestBytes)
    return fault(ir::DiagnosticKind::file_too_large, path,
                 fmt::format("has {} bytes, more than any manifest", bytes));
  TRY(const std::vector<std::byte> text, read_all(path, bytes));
  return parse_manifest({reinterpret_cast<const char*>(text.data()), text.size()}, path.string());
}

ir::Result<Bundle> read_bundle(const fs::path& folder) {
  TRY(Manifest manifest, read_manifest(folder));
  for (const weights::WrittenFile& file : manifest.files) TRY_DO(check_size(folder, file));
  for (const weights::WrittenFile& segment : manifest.segments) {
    const weights::WrittenFile* file = find_file(manifest, segment.path);
    if (file == nullptr || file->bytes != segment.bytes || file->sha256 != segment.sha256)
      return fault(ir::DiagnosticKind::malformed_bundle, folder / kManifestName,
                   fmt::format("segment {} is not among \"files\"", segment.path));
  }
  if (find_file(manifest, kModuleName) == nullptr)
    return fault(ir::DiagnosticKind::malformed_bundle, folder / kManifestName,
                 fmt::format("names no {}", kModuleName));
  return Bundle{folder, std::move(manifest)};
}

ir::Result<void> verify_hashes(const Bundle& bundle) {
  for (const weights::WrittenFile& file : bundle.manifest.files) {
    const fs::path path = bundle.folder / file.path;
    TRY(const std::vector<std::byte> content, read_all(path, file.bytes));
    if (weights::sha256_hex(content) != file.sha256)
      return fault(ir::DiagnosticKind::hash_mismatch, path,
                   fmt::format("has not the sha256 that {} states", kManifestName));
  }
  return {};
}

ir::Result<ProgramSection> read_program(const Bundle& bundle) {
  const fs::path path = bundle.folder / kModuleName;
  TRY(const std::vector<std::byte> module, read_module(bundle.folder, bundle.manifest));
  const auto section = find_custom_section(module, runtime::formats::kProgramSectionName);
  const auto json = section ? inflate(*section, kMostProgramBytes) : std::nullopt;
  if (!json)
    return fault(ir::DiagnosticKind::malformed_bundle, path, "holds no readable program section");
  const std::string name =
      fmt::format("{} ({})", path.string(), runtime::formats::kProgramSectionName);
  TRY(ProgramSection program, parse_program_section(*json, name));
  for (const SectionBuffer& buffer : program.buffers)
    if (buffer.role == ir::kernel::BufferRole::weight &&
        buffer.tensor >= bundle.manifest.tensors.size())
      return fault(ir::DiagnosticKind::malformed_bundle, path,
                   fmt::format("buffer {} is of tensor {}, but {} lists {}", buffer.name,
                               buffer.tensor, kManifestName, bundle.manifest.tensors.size()));
  return program;
}

ir::Result<std::vector<std::byte>> read_module(const fs::path& folder, const Manifest& manifest) {
  const weights::WrittenFile* file = find_file(manifest, kModuleName);
  if (file == nullptr)
    return fault(ir::DiagnosticKind::malformed_bundle, folder / kManifestName,
                 fmt::format("names no {}", kModuleName));
  return read_all(folder / kModuleName, file->bytes);
}

ir::Result<void> read_tensor_bytes(const Bundle& bundle, std::size_t tensor, std::uint64_t at,
                                   std::span<std::byte> out) {
  const std::uint64_t end = at + out.size();
  for (const weights::Piece& piece : bundle.manifest.tensors[tensor].pieces) {
    const std::uint64_t from = std::max(at, piece.at);
    const std::uint64_t to = std::min(end, piece.at + piece.bytes);
    if (from >= to) continue;
    const fs::path path = bundle.folder / bundle.manifest.segments[piece.segment].path;
    TRY_DO(read_at(path, piece.offset + from - piece.at, out.subspan(from - at, to - from)));
  }
  return {};
}

ir::Result<std::vector<std::byte>> read_tensor(const Bundle& bundle, std::size_t tensor) {
  std::vector<std::byte> bytes(bundle.manifest.tensors[tensor].bytes);
  TRY_DO(read_tensor_bytes(bundle, tensor, 0, bytes));
  return bytes;
}

}  // namespace codegen::bundle
