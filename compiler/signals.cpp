// SPDX-License-Identifier: Apache-2.0
#include "compiler/signals.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

#include "compiler/exit_code.h"

namespace compiler {
namespace {

std::atomic<bool> stop_requested = false;         // NOLINT: see the header
std::atomic<const char*> current_work = nullptr;  // NOLINT
static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers may not lock");
static_assert(std::atomic<const char*>::is_always_lock_free, "signal handlers may not lock");

// write() is what a signal handler may call; there is nothing to do about its failure.
void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void on_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);  // the second one is not asked to wait
}

void on_abort(int /*signal*/) {
  if (const char* work = current_work) {
    say("  in ");
    say(work);
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
  // Errors of write(), not ends of the process: a reader that left, a file size limit.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() { return stop_requested; }

const std::atomic<bool>* interruption_flag() { return &stop_requested; }

ir::Result<void> check_interrupted() {
  if (!stop_requested) return {};
  return ir::Diagnostic{.kind = ir::DiagnosticKind::interrupted,
                        .message = "interrupted; nothing was written"};
}

void now_doing(const char* what) { current_work = what; }

}  // namespace compiler
