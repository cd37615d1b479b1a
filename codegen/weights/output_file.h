// SPDX-License-Identifier: Apache-2.0
// Writes whole files, and says what the disk refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "ir/support/result.h"

namespace codegen::weights {

// Creates a file that must not exist. On an error the file is removed again. Errors: disk_full
// (also a file size limit or a quota), file_unwritable. The process must ignore SIGXFSZ, or a file
// size limit ends it before anything can be said.
ir::Result<void> write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

// Where the segment of this hash lies in its bundle: weights/<16 digits>.bin
std::string segment_path(std::string_view sha256);

// What an errno means for `path`, to which `bytes` were to be written.
ir::Diagnostic write_error(int error, const std::filesystem::path& path, std::uint64_t bytes);

// Whether `bytes` fit beside what is on the disk of `folder` already. Errors: disk_full.
ir::Result<void> check_free_space(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace codegen::weights
