// SPDX-License-Identifier: Apache-2.0
// The text of a grammar from a stranger, as GBNF, as Lark and as a regular expression: refused with
// a reason, or an automaton that keeps the first law of automaton.h and can be followed.
#include <cstdint>
#include <string_view>
#include <vector>

#include "ir/support/check.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/text/gbnf.h"
#include "runtime/grammar/text/lark.h"
#include "runtime/grammar/text/regular.h"

namespace {

using namespace runtime::grammar;  // NOLINT: nothing else is spoken of here

void follow(Grammar& grammar, const Result<State>& start) {
  if (!start) {
    CHECK(*start.refusal().message != 0, "a mute refusal");
    return;
  }
  List<Edge> edges;
  grammar.of(*start).expand(*start, edges);
  for (const Edge& edge : edges) {
    if (edge.kind != Edge::Kind::text || grammar.fuel().exhausted()) continue;
    const bool is_nothing = grammar.expressions().is_nothing(edge.text);
    CHECK(!is_nothing || grammar.fuel().exhausted(), "an edge that reads nothing");
    CHECK(!grammar.expressions().is_nullable(edge.text), "an edge that reads the empty text");
  }
  grammar.set_start(*start);
  Recognizer recognizer(grammar);
  for (const char byte : std::string_view("a[{\"1 b}")) (void)recognizer.advance({&byte, 1});
  (void)recognizer.is_complete();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 400) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const int language : {0, 1, 2}) {
    Grammar grammar;
    grammar.fuel().refill(200'000);
    follow(grammar, language == 0   ? text::add_gbnf(grammar, text)
                    : language == 1 ? text::add_lark(grammar, text)
                                    : text::add_regex(grammar, text));
  }
  return 0;
}
