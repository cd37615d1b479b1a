// SPDX-License-Identifier: Apache-2.0
// ChartStore: the values that a parse is made of, interned, so that equal situations are one.
//
// A *node* says where to go on when a called state has come to its end: the list of its returns.
// Returns name nodes again, so that nodes are a stack shared by all readings of a text
// (a graph-structured stack). A *row* says what may come next: for each regular expression, where
// to go on when it has been read.
//
//   after  [1,            in {"type": "array", "items": {"type": "integer"}}
//   row:   ws*[0-9]+ -> (more, node 1)           node 1: (end of value, node 0)
//
// Since a row is a value, "this row, and these expressions have come to their end" leads to one
// further row, which need not be worked out twice (chart.h).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/lexer.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

using NodeId = std::uint32_t;
using RowId = std::uint32_t;

inline constexpr NodeId kAccept = 0xffff'ffff;  // not a node: the text is complete

struct Continuation {
  State next;
  NodeId node = kAccept;
  std::uint32_t capture = 0;  // 0: `next` holds; otherwise ask the automaton

  friend bool operator==(const Continuation&, const Continuation&) = default;
  friend auto operator<=>(const Continuation& a, const Continuation& b) {
    if (const auto order = a.next.id <=> b.next.id; order != 0) return order;
    if (const auto order = a.node <=> b.node; order != 0) return order;
    return a.capture <=> b.capture;
  }
};

// A capturing edge, and the row at which its text began (its index among the rows so far).
struct Capture {
  State state;
  std::uint32_t edge = 0;
  std::uint32_t depth = 0;

  friend bool operator==(const Capture&, const Capture&) = default;
};

struct PendingScan {
  regex::Regex rest = regex::kNothing;
  Continuation then;

  friend bool operator==(const PendingScan&, const PendingScan&) = default;
  friend auto operator<=>(const PendingScan& a, const PendingScan& b) {
    if (const auto order = a.rest <=> b.rest; order != 0) return order;
    return a.then <=> b.then;
  }
};

class ChartStore {
 public:
  ChartStore() { clear(); }

  std::span<const Continuation> returns(NodeId node) const { return slice(nodes_[node]); }
  std::span<const Continuation> scans(RowId row, std::uint32_t group) const {
    return slice(groups_[rows_[row].first_group + group]);
  }
  Tuple tuple(RowId row) const { return rows_[row].tuple; }
  bool is_complete(RowId row) const { return rows_[row].complete; }
  const Capture& capture(std::uint32_t id) const { return captures_[id]; }

  // `returns` is sorted and names no node twice with the same continuation.
  NodeId intern_node(std::span<const Continuation> returns);
  // A node whose returns name itself cannot be interned: first its id, then its returns.
  NodeId reserve_node();
  void fill_node(NodeId node, std::span<const Continuation> returns) {
    nodes_[node] = append(returns);
  }

  // `scans` is sorted and unique; the expressions are the members of `tuple` in this order.
  RowId intern_row(Tuple tuple, bool complete, std::span<const PendingScan> scans);
  std::uint32_t intern_capture(const Capture& capture);

  void clear();
  std::size_t bytes() const;

 private:
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  struct Row {
    Tuple tuple = Tuple::kDead;
    std::uint32_t first_group = 0;
    std::uint32_t groups = 0;
    std::uint32_t scans = 0;  // of all groups
    bool complete = false;
  };

  std::span<const Continuation> slice(Range range) const {
    return {continuations_.data() + range.first, range.count};
  }
  Range append(std::span<const Continuation> continuations);
  bool equals(const Row& row, Tuple tuple, bool complete, std::span<const PendingScan> scans) const;

  List<Continuation> continuations_;  // of all nodes and groups
  List<Range> nodes_;
  List<Range> groups_;
  List<Row> rows_;
  List<Capture> captures_;
  IdTable node_ids_, row_ids_, capture_ids_;
};

}  // namespace runtime::grammar
