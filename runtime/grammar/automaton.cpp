// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/automaton.h"

namespace runtime::grammar {

std::optional<State> Automaton::after(State, std::size_t, std::string_view) { return {}; }

}  // namespace runtime::grammar
