// SPDX-License-Identifier: Apache-2.0
// read_bundle: a bundle on disk, opened and checked: for `inspect`, `compare`, `serve`.
//
//   TRY(Bundle bundle, read_bundle("SmolLM2-135M-q4f16_1"));
//   TRY_DO(verify_hashes(bundle));
//   TRY(ProgramSection program, read_program(bundle));
//   TRY(std::vector<std::byte> encoded, read_tensor(bundle, 0));
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "codegen/bundle/manifest.h"
#include "codegen/bundle/program_section.h"
#include "ir/support/result.h"

namespace codegen::bundle {

struct Bundle {
  std::filesystem::path folder;
  Manifest manifest;
};

// model.json alone. Errors: file_not_found, file_unreadable, those of parse_manifest.
ir::Result<Manifest> read_manifest(const std::filesystem::path& folder);

// model.json, and every file there with the size it should have. Errors: also file_truncated,
// malformed_bundle.
ir::Result<Bundle> read_bundle(const std::filesystem::path& folder);

// Reads every file. Errors: hash_mismatch, file_unreadable, file_truncated.
ir::Result<void> verify_hashes(const Bundle& bundle);

// The program section of model.wasm, checked against the manifest. Errors: malformed_bundle,
// malformed_json, unsupported_bundle, file_unreadable.
ir::Result<ProgramSection> read_program(const Bundle& bundle);

// The bytes of model.wasm. Errors: file_unreadable, file_truncated, malformed_bundle.
ir::Result<std::vector<std::byte>> read_module(const std::filesystem::path& folder,
                                               const Manifest& manifest);

// Fills `out` with encoded bytes of a tensor from `at` on. Errors as below.
ir::Result<void> read_tensor_bytes(const Bundle& bundle, std::size_t tensor, std::uint64_t at,
                                   std::span<std::byte> out);

// The encoded bytes of a tensor (ir/encoding), put together from its pieces; their hashes are not
// checked. Errors: file_unreadable, file_truncated.
ir::Result<std::vector<std::byte>> read_tensor(const Bundle& bundle, std::size_t tensor);

}  // namespace codegen::bundle
