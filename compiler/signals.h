// SPDX-License-Identifier: Apache-2.0
// What the process does when a signal arrives.
//
//   SIGINT, SIGTERM   a flag is set; work in progress sees it, cleans up and ends with exit code
//   130 the same again    the process dies at once, as if there were no handler SIGABRT           a
//   law of our own was broken: says so, names the pass, ends with exit code 3
//
// The only global mutable state of the program: a signal handler has nothing else to talk to.
#pragma once

#include <atomic>
#include <string_view>

#include "ir/support/result.h"

namespace compiler {

void install_signal_handlers();

bool interrupted();
// The same for code that takes a flag.
const std::atomic<bool>* interruption_flag();
// Whoever read our output has left: nobody wants more of it.
bool reader_left();
// The diagnostic `interrupted`, once the user has stopped the command.
ir::Result<void> check_interrupted();

// The name of the pass that runs, for the message of a broken law; null: none. The name must live
// as long as the process.
void now_in_pass(const std::string_view* name);

}  // namespace compiler
