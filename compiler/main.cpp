// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "compiler/run.h"
#include "compiler/signals.h"

int main(int argc, char** argv) {
  compiler::install_signal_handlers();
  return compiler::run(std::span<const char* const>(argv, static_cast<std::size_t>(argc)));
}
