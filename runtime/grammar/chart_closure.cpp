// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/chart_closure.h"

#include "runtime/grammar/heap_sort.h"

namespace runtime::grammar {
namespace {

constexpr State kCompleted{0xffff'ffff};  // as an item: this node has been completed in this row

}  // namespace

void ChartClosure::begin(const History& history) {
  history_ = history;
  items_.clear();
  fresh_.clear();
  returns_.clear();
  pending_.clear();
  item_ids_.clear();
  callee_ids_.clear();
  return_ids_.clear();
  accepted_ = false;
  captures_ = false;
  asked_ = false;
}

void ChartClosure::begin_at(State start) {
  const Continuation accept{{}, kAccept, 0};
  add_item(start, store_.intern_node({&accept, 1}));
}

std::optional<State> ChartClosure::next_of(const Continuation& then) {
  if (then.capture == 0) return then.next;
  const Capture capture = store_.capture(then.capture);
  asked_ = true;
  const std::string_view text = history_.text.substr(history_.row_starts[capture.depth]);
  return grammar_.of(capture.state).after(capture.state, capture.edge, text);
}

void ChartClosure::resume(const Continuation& then) {
  if (const std::optional<State> next = next_of(then)) add_item(*next, then.node);
}

void ChartClosure::add_item(State state, NodeId node) {
  if (node == kAccept) {
    accepted_ = true;
    return;
  }
  const Item item{state, node};
  const std::uint32_t hash = mix(mix(0, state.id), node);
  if (item_ids_.find(hash, [&](std::uint32_t id) { return items_[id] == item; }) != IdTable::kNone)
    return;
  item_ids_.insert(hash, static_cast<std::uint32_t>(items_.size()));
  items_.push_back(item);
}

void ChartClosure::visit(Item item) {
  if (item.state == kCompleted) return;
  const Expansion expansion = expansions_.of(item.state);
  if (expansion.is_final) complete(item.node);
  for (std::uint32_t i = 0; i < expansion.count; ++i) {
    const Edge edge = expansions_.edge(expansion.first + i);
    Continuation then{edge.captures ? State{} : edge.next, item.node, 0};
    if (edge.captures) {
      captures_ = true;
      then.capture = store_.intern_capture({item.state, i, history_.depth});
    }
    if (edge.kind == Edge::Kind::call) {
      call(edge.callee, then);
    } else if (edge.text != regex::kNothing) {
      pending_.push_back({edge.text, then});
    }
  }
}

void ChartClosure::call(State callee, const Continuation& then) {
  const std::uint32_t hash = mix(0, callee.id);
  std::uint32_t owner =
      callee_ids_.find(hash, [&](std::uint32_t id) { return fresh_[id].callee == callee; });
  if (owner == IdTable::kNone) {
    owner = static_cast<std::uint32_t>(fresh_.size());
    callee_ids_.insert(hash, owner);
    fresh_.push_back({.callee = callee});
    add_item(callee, kFresh | owner);
  }
  // The returns of a fresh node are not all known yet, so it cannot hand them on.
  const bool last = then.capture == 0 && !is_fresh(then.node) && expansions_.of(then.next).is_end();
  if (!last) return add_return(owner, then);
  for (const Continuation& outer : store_.returns(then.node)) add_return(owner, outer);
}

void ChartClosure::add_return(std::uint32_t owner, const Continuation& then) {
  const std::uint32_t hash = mix(mix(mix(mix(0, owner), then.next.id), then.node), then.capture);
  const auto equal = [&](std::uint32_t id) {
    return returns_[id].owner == owner && returns_[id].then == then;
  };
  if (return_ids_.find(hash, equal) != IdTable::kNone) return;
  const auto id = static_cast<std::uint32_t>(returns_.size());
  return_ids_.insert(hash, id);
  returns_.push_back({then, owner, fresh_[owner].last_return});
  fresh_[owner].last_return = id;
  if (fresh_[owner].complete) resume(then);
}

void ChartClosure::complete(NodeId node) {
  if (is_fresh(node)) {
    if (fresh(node).complete) return;
    fresh(node).complete = true;
    for (std::uint32_t at = fresh(node).last_return; at != kNoLink; at = returns_[at].previous)
      resume(returns_[at].then);
    return;
  }
  const std::size_t before = items_.size();
  add_item(kCompleted, node);
  if (items_.size() == before) return;
  for (const Continuation& then : store_.returns(node)) resume(then);
}

RowId ChartClosure::finish() {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!grammar_.fuel().spend()) break;
    visit(items_[i]);
  }
  for (PendingScan& scan : pending_) scan.then.node = interned(scan.then.node);
  sort_and_unite(pending_);
  expressions_.clear();
  for (const PendingScan& scan : pending_)
    if (expressions_.empty() || expressions_.back() != scan.rest) expressions_.push_back(scan.rest);
  return store_.intern_row(lexer_.start(expressions_), accepted_, pending_);
}

// Callers before callees, since a node is interned by the ids in its returns. A node that is its
// own caller (left recursion) gets its id before its returns are known and stays particular.
NodeId ChartClosure::interned(NodeId node) {
  if (!is_fresh(node) || fresh(node).interning == Interning::done) {
    return is_fresh(node) ? fresh(node).id : node;
  }
  open_.assign(1, node);
  while (!open_.empty()) {
    FreshNode& top = fresh(open_.back());
    if (top.interning == Interning::untouched) {
      top.interning = Interning::open;
      top.cursor = top.last_return;
    }
    if (top.cursor == kNoLink) {
      intern_returns(top);
      open_.pop_back();
      continue;
    }
    const NodeId caller = returns_[top.cursor].then.node;
    top.cursor = returns_[top.cursor].previous;
    if (!is_fresh(caller)) continue;
    if (fresh(caller).interning == Interning::untouched) open_.push_back(caller);
    if (fresh(caller).interning == Interning::open && fresh(caller).id == kAccept)
      fresh(caller).id = store_.reserve_node();
  }
  return fresh(node).id;
}

void ChartClosure::intern_returns(FreshNode& node) {
  sorted_.clear();
  for (std::uint32_t at = node.last_return; at != kNoLink; at = returns_[at].previous) {
    Continuation then = returns_[at].then;
    if (is_fresh(then.node)) then.node = fresh(then.node).id;
    sorted_.push_back(then);
  }
  sort_and_unite(sorted_);
  if (node.id == kAccept) {
    node.id = store_.intern_node(sorted_);
  } else {
    store_.fill_node(node.id, sorted_);
  }
  node.interning = Interning::done;
}

}  // namespace runtime::grammar
