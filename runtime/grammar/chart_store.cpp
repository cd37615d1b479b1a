// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/chart_store.h"

#include <algorithm>

namespace runtime::grammar {
namespace {

std::uint32_t mix(std::uint32_t hash, const Continuation& continuation) {
  hash = grammar::mix(hash, continuation.next.id);
  hash = grammar::mix(hash, continuation.node);
  return grammar::mix(hash, continuation.capture);
}

}  // namespace

void ChartStore::clear() {
  continuations_.clear();
  nodes_.clear();
  groups_.clear();
  rows_.clear();
  captures_.assign(1, {});
  node_ids_.clear();
  row_ids_.clear();
  capture_ids_.clear();
}

std::size_t ChartStore::bytes() const {
  return continuations_.capacity() * sizeof(Continuation) + nodes_.capacity() * sizeof(Range) +
         groups_.capacity() * sizeof(Range) + rows_.capacity() * sizeof(Row) +
         captures_.capacity() * sizeof(Capture) + node_ids_.bytes() + row_ids_.bytes() +
         capture_ids_.bytes();
}

ChartStore::Range ChartStore::append(std::span<const Continuation> continuations) {
  const Range range{static_cast<std::uint32_t>(continuations_.size()),
                    static_cast<std::uint32_t>(continuations.size())};
  continuations_.append(continuations);
  return range;
}

NodeId ChartStore::reserve_node() {
  nodes_.emplace_back();
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId ChartStore::intern_node(std::span<const Continuation> returns) {
  std::uint32_t hash = 1;
  for (const Continuation& then : returns) hash = mix(hash, then);
  const NodeId known = node_ids_.find(
      hash, [&](NodeId id) { return std::ranges::equal(this->returns(id), returns); });
  if (known != IdTable::kNone) return known;
  const NodeId node = reserve_node();
  fill_node(node, returns);
  node_ids_.insert(hash, node);
  return node;
}

bool ChartStore::equals(const Row& row, Tuple tuple, bool complete,
                        std::span<const PendingScan> scans) const {
  if (row.tuple != tuple || row.complete != complete || row.scans != scans.size()) return false;
  std::size_t at = 0;
  for (std::uint32_t group = 0; group < row.groups; ++group) {
    const regex::Regex rest = scans[at].rest;
    for (const Continuation& then : slice(groups_[row.first_group + group])) {
      if (scans[at].rest != rest || scans[at].then != then) return false;
      ++at;
    }
  }
  return true;
}

RowId ChartStore::intern_row(Tuple tuple, bool complete, std::span<const PendingScan> scans) {
  std::uint32_t hash = grammar::mix(complete ? 1 : 0, static_cast<std::uint32_t>(tuple));
  for (const PendingScan& scan : scans)
    hash = mix(grammar::mix(hash, static_cast<std::uint32_t>(scan.rest)), scan.then);
  const RowId known =
      row_ids_.find(hash, [&](RowId id) { return equals(rows_[id], tuple, complete, scans); });
  if (known != IdTable::kNone) return known;

  Row row{.tuple = tuple,
          .first_group = static_cast<std::uint32_t>(groups_.size()),
          .scans = static_cast<std::uint32_t>(scans.size()),
          .complete = complete};
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (i == 0 || scans[i].rest != scans[i - 1].rest)
      groups_.push_back({static_cast<std::uint32_t>(continuations_.size()), 0});
    continuations_.push_back(scans[i].then);
    ++groups_.back().count;
  }
  row.groups = static_cast<std::uint32_t>(groups_.size()) - row.first_group;
  rows_.push_back(row);
  row_ids_.insert(hash, static_cast<RowId>(rows_.size() - 1));
  return static_cast<RowId>(rows_.size() - 1);
}

std::uint32_t ChartStore::intern_capture(const Capture& capture) {
  const std::uint32_t hash =
      grammar::mix(grammar::mix(grammar::mix(2, capture.state.id), capture.edge), capture.depth);
  const std::uint32_t known =
      capture_ids_.find(hash, [&](std::uint32_t id) { return captures_[id] == capture; });
  if (known != IdTable::kNone) return known;
  captures_.push_back(capture);
  capture_ids_.insert(hash, static_cast<std::uint32_t>(captures_.size() - 1));
  return static_cast<std::uint32_t>(captures_.size() - 1);
}

}  // namespace runtime::grammar
