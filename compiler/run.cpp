// SPDX-License-Identifier: Apache-2.0
#include "compiler/run.h"

#include <cstdio>

#include "compiler/check.h"
#include "compiler/compare.h"
#include "compiler/diagnostics_printer.h"
#include "compiler/eval.h"
#include "compiler/exit_code.h"
#include "compiler/help.h"
#include "compiler/inspect.h"
#include "compiler/options.h"
#include "compiler/output.h"
#include "compiler/pipeline.h"
#include "compiler/serve.h"
#include "compiler/signals.h"

namespace compiler {
namespace {

ir::Result<void> carry_out(const Options& options) {
  switch (options.command) {
    case Command::compile:
      return compile(options);
    case Command::inspect:
      return inspect(options);
    case Command::check:
      return check(options);
    case Command::eval:
      return eval(options);
    case Command::compare:
      return compare(options);
    case Command::serve:
      return serve(options);
  }
  return {};
}

ir::Result<void> answer(std::span<const char* const> arguments) {
  TRY(const ParsedCommandLine parsed, parse_command_line(arguments));
  if (const Answer* words = std::get_if<Answer>(&parsed)) {
    write_text(stdout, words->text);
  } else if (const Options& options = std::get<Options>(parsed); options.list_passes) {
    write_text(stdout, list_of_passes());
  } else {
    TRY_DO(carry_out(options));
  }
  return finish_output();
}

}  // namespace

int run(std::span<const char* const> arguments) {
  const ir::Result<void> done = answer(arguments);
  if (reader_left()) return static_cast<int>(ExitCode::reader_left);
  if (done) return static_cast<int>(ExitCode::ok);
  print_diagnostic(stderr, done.error());
  return static_cast<int>(exit_code_of(done.error().kind));
}

}  // namespace compiler
