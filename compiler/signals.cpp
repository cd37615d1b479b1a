// SPDX-License-Identifier: Apache-2.0
#include "compiler/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "compiler/exit_code.h"

namespace compiler {
namespace {

std::atomic<bool> pipe_broken = false;                        // NOLINT: see the header
std::atomic<bool> stop_requested = false;                     // NOLINT: see the header
std::atomic<const std::string_view*> current_pass = nullptr;  // NOLINT
static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers may not lock");
static_assert(std::atomic<const std::string_view*>::is_always_lock_free,
              "signal handlers may not lock");

// write() is what a signal handler may call; there is nothing to do about its failure.
void say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void on_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);  // the second one is not asked to wait
}

void on_broken_pipe(int /*signal*/) {
  pipe_broken = true;
  stop_requested = true;
}

void on_abort(int /*signal*/) {
  if (const std::string_view* pass = current_pass) {
    say("  in pass ");
    say(*pass);
    say("\n");
  }
  say("This is a bug of webllm-compile, not of your model. Please report it; with --verify-each a\n"
      "reproducer is written.\n");
  ::_exit(static_cast<int>(ExitCode::internal));
}

}  // namespace

void install_signal_handlers() {
  std::signal(SIGINT, on_stop);
  std::signal(SIGTERM, on_stop);
  std::signal(SIGABRT, on_abort);
  std::signal(SIGPIPE, on_broken_pipe);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of write()
}

bool reader_left() { return pipe_broken; }

bool interrupted() { return stop_requested; }

const std::atomic<bool>* interruption_flag() { return &stop_requested; }

ir::Result<void> check_interrupted() {
  if (!stop_requested) return {};
  return ir::Diagnostic{.kind = ir::DiagnosticKind::interrupted,
                        .message = "stopped before it was done; nothing is left behind"};
}

void now_in_pass(const std::string_view* name) { current_pass = name; }

}  // namespace compiler
