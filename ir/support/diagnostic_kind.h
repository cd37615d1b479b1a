// SPDX-License-Identifier: Apache-2.0
// Every kind of diagnostic, with the name users see in brackets. A test proves that each kind is
// produced by some case in tests/diagnostics.
#pragma once

#include <array>
#include <string_view>

namespace ir {

enum class DiagnosticKind {
  file_not_found,
  file_unreadable,
  file_truncated,
  file_unwritable,
  disk_full,
  interrupted,
  bad_usage,
};

struct DiagnosticKindInfo {
  DiagnosticKind kind;
  std::string_view name;     // kebab-case
  std::string_view meaning;  // one sentence for the generated index
};

// In the order of the enumeration (checked at compile time in diagnostic.cpp).
inline constexpr std::array kDiagnosticKinds = {
    DiagnosticKindInfo{DiagnosticKind::file_not_found, "file-not-found",
                       "a file or folder that was named does not exist"},
    DiagnosticKindInfo{DiagnosticKind::file_unreadable, "file-unreadable",
                       "a file exists but cannot be read"},
    DiagnosticKindInfo{DiagnosticKind::file_truncated, "file-truncated",
                       "a file is shorter than its own header promises"},
    DiagnosticKindInfo{DiagnosticKind::file_unwritable, "file-unwritable",
                       "an output file or folder cannot be created or written"},
    DiagnosticKindInfo{DiagnosticKind::disk_full, "disk-full", "the disk is full"},
    DiagnosticKindInfo{DiagnosticKind::interrupted, "interrupted", "the user stopped the command"},
    DiagnosticKindInfo{DiagnosticKind::bad_usage, "bad-usage",
                       "the command line does not make sense"},
};

constexpr std::string_view name_of(DiagnosticKind kind) {
  return kDiagnosticKinds[static_cast<std::size_t>(kind)].name;
}

}  // namespace ir
