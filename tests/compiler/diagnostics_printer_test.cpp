// SPDX-License-Identifier: Apache-2.0
#include "compiler/diagnostics_printer.h"

#include <gtest/gtest.h>

#include <regex>

namespace compiler {
namespace {

const ir::Diagnostic kExample{.kind = ir::DiagnosticKind::shape_mismatch,
                              .message = "tensor has shape [4, 3]: error: no",
                              .where = {.path = "model.safetensors", .item = "k_proj.weight"},
                              .notes = {{.message = "4 = heads", .where = {"config.json", 14}}},
                              .help = "correct config.json"};

TEST(DiagnosticsPrinter, PaintsOnlyTheLeadingWords) {
  EXPECT_EQ(painted(kExample).substr(0, 45), "\x1b[1;31merror:\x1b[0m tensor has shape [4, 3]: er");
  EXPECT_NE(painted(kExample).find("\n\x1b[34m  -->\x1b[0m config.json:14\n"), std::string::npos);
  EXPECT_NE(painted(kExample).find("\n\x1b[1;32mhelp:\x1b[0m correct"), std::string::npos);
}

TEST(DiagnosticsPrinter, ChangesNothingButColour) {
  const std::regex colour("\x1b\\[[0-9;]*m");
  EXPECT_EQ(std::regex_replace(painted(kExample), colour, ""), to_string(kExample));
}

}  // namespace
}  // namespace compiler
