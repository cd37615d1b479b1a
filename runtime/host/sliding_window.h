// SPDX-License-Identifier: Apache-2.0
// SlidingWindow: what is kept of a text that grows longer than the cache: its first tokens, on
// which attention leans (the sink), and its newest ones.              (StreamingLLM,
// arXiv:2309.17453)
//
//   tokens 320, sink 64                     0        64       128       192       256       320
//     full                                  | sink   | a      | b       | c       | d       |
//     then the oldest go, in whole pages    | sink   | b      | c       | d       |
//
// Attention sees distances inside of the window, never those in the text: it has been trained for
// the former.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/formats/step_layout.h"

namespace runtime::host {

struct SlidingWindow {
  std::uint32_t tokens = 0;  // that are kept at most; 0: there is no window, texts end
  std::uint32_t sink = 0;    // the first so many of them; both are whole pages

  // Of at most `tokens`, with a sink of at least `sink`.
  static constexpr SlidingWindow of(std::uint32_t tokens, std::uint32_t sink) {
    return {.tokens = tokens / formats::kPageTokens * formats::kPageTokens,
            .sink = formats::round_up(sink, formats::kPageTokens)};
  }

  // At least one page of new tokens stays when another one goes.
  constexpr bool is_valid() const {
    return tokens % formats::kPageTokens == 0 && sink % formats::kPageTokens == 0 &&
           (tokens == 0 ? sink == 0 : sink < tokens && tokens - sink >= 2 * formats::kPageTokens);
  }

  // How many go at a time: the sink is computed anew each time, which has to pay.
  constexpr std::uint32_t stride() const {
    return std::max((tokens - sink) / 8 / formats::kPageTokens, 1U) * formats::kPageTokens;
  }
};

}  // namespace runtime::host
