// SPDX-License-Identifier: Apache-2.0
// Recognizer: follows a text through a grammar byte by byte, all readings of it at once, and can
// step back. It knows nothing of tokens; masks are made by walking a trie of tokens from its place.
//
//   Recognizer r(grammar);
//   r.advance("{\"a\": 1");   // true: some text of the grammar begins so
//   r.is_complete();          // false
//   r.advance("}");           // true
//   r.is_complete();          // true
//
// Where the grammar's fuel is gone (Grammar::fuel), nothing advances any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/grammar/chart.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

class Recognizer {
 public:
  explicit Recognizer(Grammar& grammar) : Recognizer(std::make_shared<Chart>(grammar)) {}
  // Shares what the chart has worked out with all others that read by it.
  explicit Recognizer(std::shared_ptr<Chart> chart);

  // False, and nothing changes, where no text of the grammar continues so.
  bool advance(std::uint8_t byte);
  // False, and nothing changes, where no text of the grammar continues with `text`.
  bool advance(std::string_view text);
  // Whether the text so far is one of the grammar's.
  bool is_complete() const { return place().complete; }
  // Takes the last `bytes` bytes back.
  void retreat(std::size_t bytes) { places_.resize(places_.size() - bytes); }

  std::size_t size() const { return places_.size() - 1; }  // bytes so far
  std::string_view text() const { return std::string_view(trace_.text).substr(0, size()); }

  // For those who try continuations: step from place() at position size(), with this trace.
  Chart& chart() { return *chart_; }
  Trace& trace() { return trace_; }
  const Place& place() const { return places_.back(); }

  // Finds its place again where the chart has forgotten it, which another reader may have made it
  // do. To be called before anything else when others share the chart. False if the fuel ran out:
  // then only this is to be called again.
  bool refresh();

 private:
  std::shared_ptr<Chart> chart_;
  Trace trace_;
  List<Place> places_;  // before each byte, and after the last
  std::uint32_t generation_ = 0;
};

}  // namespace runtime::grammar
