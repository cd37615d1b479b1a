// SPDX-License-Identifier: Apache-2.0
// ChartClosure: works out a row. From the places where the grammar goes on, it follows calls down
// and completed calls up until what remains is a list of expressions to be read next.
//
// An item is a state of an automaton with the node of the call that it belongs to. A call makes a
// fresh node, one for each callee, whose returns collect all callers; where the callee comes to its
// end without reading anything, callers that arrive later go on at once. A call that is the last
// thing its caller does hands on the caller's returns, so that lists written right-recursively do
// not pile up nodes. (Scott and Johnstone: GLL parsing, 2010; Leo, 1991.)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/chart_store.h"
#include "runtime/grammar/expansions.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/lexer.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

class ChartClosure {
 public:
  // Where the rows so far began in the text so far.
  struct History {
    std::string_view text;
    const std::uint32_t* row_starts = nullptr;
    std::uint32_t depth = 0;  // of the row to be made
  };

  ChartClosure(Grammar& grammar, Expansions& expansions, ChartStore& store, Lexer& lexer)
      : grammar_(grammar), expansions_(expansions), store_(store), lexer_(lexer) {}

  void begin(const History& history);
  void begin_at(State start);             // at the beginning of the text
  void resume(const Continuation& then);  // what it waited for has been read
  // Where that leads; none where an automaton does not allow it.
  std::optional<State> next_of(const Continuation& then);
  void carry(regex::Regex rest, const Continuation& then) {  // goes on reading
    pending_.push_back({rest, then});
  }
  // The row may be empty (tuple kDead and not complete): nothing can come next.
  RowId finish();

  // The row depends on its depth: a text that an automaton will ask for begins with it.
  bool captures() const { return captures_; }
  // The row depends on the text: an automaton was asked about it.
  bool asked() const { return asked_; }

 private:
  static constexpr NodeId kFresh = 0x8000'0000;
  static constexpr std::uint32_t kNoLink = 0xffff'ffff;

  struct Item {
    State state;
    NodeId node = kAccept;
    friend bool operator==(const Item&, const Item&) = default;
  };
  enum class Interning : std::uint8_t { untouched, open, done };
  struct FreshNode {
    State callee;
    std::uint32_t last_return = kNoLink;
    std::uint32_t cursor = kNoLink;  // the next return to look at while interning
    NodeId id = kAccept;             // in the store; kAccept: not yet
    Interning interning = Interning::untouched;
    bool complete = false;
  };
  struct Return {
    Continuation then;
    std::uint32_t owner = 0;  // index of a fresh node
    std::uint32_t previous = kNoLink;
  };

  static bool is_fresh(NodeId node) { return node != kAccept && (node & kFresh) != 0; }
  FreshNode& fresh(NodeId node) { return fresh_[node & ~kFresh]; }

  void add_item(State state, NodeId node);
  void visit(Item item);
  void call(State callee, const Continuation& then);
  void add_return(std::uint32_t owner, const Continuation& then);
  void complete(NodeId node);
  NodeId interned(NodeId node);
  void intern_returns(FreshNode& node);

  Grammar& grammar_;
  Expansions& expansions_;
  ChartStore& store_;
  Lexer& lexer_;

  History history_;
  List<Item> items_;
  List<FreshNode> fresh_;
  List<Return> returns_;
  List<PendingScan> pending_;
  IdTable item_ids_, callee_ids_, return_ids_;
  bool accepted_ = false;
  bool captures_ = false;
  bool asked_ = false;

  List<NodeId> open_;  // nodes that are being interned
  List<Continuation> sorted_;
  List<regex::Regex> expressions_;
};

}  // namespace runtime::grammar
