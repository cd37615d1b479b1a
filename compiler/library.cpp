// SPDX-License-Identifier: Apache-2.0
#include "compiler/library.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/bundle/read_bundle.h"
#include "codegen/weights/sha256.h"
#include "compiler/fetch.h"

namespace compiler {
namespace {

using codegen::bundle::kManifestName;
using codegen::bundle::kModuleName;
using codegen::bundle::Manifest;

ir::Diagnostic fault(ir::DiagnosticKind kind, const std::string& place, std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .where = {.path = place},
          .help = "name a bundle that was compiled, with --library"};
}

// The module that the manifest lists, from bytes that should be it.
ir::Result<Library> listed(const Manifest& manifest, const std::string& place,
                           std::vector<std::byte> module) {
  const auto file = std::find_if(manifest.files.begin(), manifest.files.end(),
                                 [](const auto& row) { return row.path == kModuleName; });
  if (file == manifest.files.end())
    return fault(ir::DiagnosticKind::malformed_bundle, place,
                 fmt::format("names no {}", kModuleName));
  if (codegen::weights::sha256_hex(module) != file->sha256)
    return fault(ir::DiagnosticKind::hash_mismatch, place,
                 fmt::format("{} has not the sha256 that {} states", kModuleName, kManifestName));
  return Library{manifest.library, std::move(module)};
}

ir::Result<Library> from_address(std::string address) {
  if (!address.ends_with('/')) address += '/';
  TRY(const std::string json, fetch(address + std::string(kManifestName)));
  TRY(const Manifest manifest, codegen::bundle::parse_manifest(json, address));
  TRY(const std::string module, fetch(address + std::string(kModuleName)));
  const auto bytes = std::as_bytes(std::span(module));
  return listed(manifest, address, {bytes.begin(), bytes.end()});
}

}  // namespace

ir::Result<Library> open_library(const std::string& place) {
  if (place.starts_with("http://") || place.starts_with("https://")) return from_address(place);
  TRY(const Manifest manifest, codegen::bundle::read_manifest(place));
  TRY(std::vector<std::byte> module, codegen::bundle::read_module(place, manifest));
  return listed(manifest, place, std::move(module));
}

ir::Result<void> check_library(const Library& library, const std::string& place,
                               const std::string& wanted) {
  if (library.hash == wanted) return {};
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::unsupported_bundle,
      .message = fmt::format("the library is {}, but this model needs {}",
                             library.hash.substr(0, 16), wanted.substr(0, 16)),
      .where = {.path = place},
      .help =
          "use the options and the version that the library was compiled with, or leave out "
          "--weights-only"};
}

}  // namespace compiler
