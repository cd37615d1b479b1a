// SPDX-License-Identifier: Apache-2.0
#include "compiler/run.h"

#include <fmt/format.h>

#include <cstdio>

#include "compiler/compare.h"
#include "compiler/diagnostics_printer.h"
#include "compiler/eval.h"
#include "compiler/exit_code.h"
#include "compiler/help.h"
#include "compiler/inspect.h"
#include "compiler/options.h"
#include "compiler/pipeline.h"
#include "compiler/serve.h"

namespace compiler {
namespace {

ir::Result<void> carry_out(const Options& options) {
  switch (options.command) {
    case Command::compile:
      return compile(options);
    case Command::inspect:
      return inspect(options);
    case Command::eval:
      return eval(options);
    case Command::compare:
      return compare(options);
    case Command::serve:
      return serve(options);
  }
  return {};
}

int exit_code(const ir::Result<void>& done) {
  if (done) return static_cast<int>(ExitCode::ok);
  print_diagnostic(stderr, done.error());
  return static_cast<int>(exit_code_of(done.error().kind));
}

}  // namespace

int run(std::span<const char* const> arguments) {
  auto parsed = parse_command_line(arguments);
  if (!parsed) return exit_code(std::move(parsed).error());
  if (const Answer* answer = std::get_if<Answer>(&*parsed)) {
    fmt::print("{}", answer->text);
    return static_cast<int>(ExitCode::ok);
  }
  const Options& options = std::get<Options>(*parsed);
  if (options.list_passes) {
    fmt::print("{}", list_of_passes());
    return static_cast<int>(ExitCode::ok);
  }
  return exit_code(carry_out(options));
}

}  // namespace compiler
