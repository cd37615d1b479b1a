// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/pair_merger.h"

#include <algorithm>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::kNoToken;
using Scratch = PairMerger::Scratch;

constexpr std::uint32_t kEnd = 0xffff'ffffU;  // no symbol

// A heap's order: whether `a` comes after `b`.
bool is_weaker(const Scratch::Candidate& a, const Scratch::Candidate& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.symbol > b.symbol;
}

}  // namespace

void PairMerger::encode(std::string_view piece, Scratch& scratch,
                        std::vector<std::uint32_t>& out) const {
  scratch.after_unknown = false;
  const std::uint32_t token = vocabulary_->find(piece);
  if (token != kNoToken &&
      (vocabulary_->flags(token) & (formats::kTokenPiece | formats::kTokenWhole)) != 0) {
    out.push_back(token);
    return;
  }
  const bool characters = (settings_.flags & formats::kTextBytes) == 0;
  std::size_t start = 0;
  for (std::size_t i = 1; i < piece.size(); ++i) {
    if (vocabulary_->joins(piece[i - 1], piece[i])) continue;
    if (characters && is_utf8_continuation(piece[i])) continue;
    encode_cut(piece.substr(start, i - start), scratch, out);
    start = i;
  }
  encode_cut(piece.substr(start), scratch, out);
}

void PairMerger::encode_cut(std::string_view cut, Scratch& scratch,
                            std::vector<std::uint32_t>& out) const {
  const std::uint32_t whole = vocabulary_->find(cut);
  if (whole != kNoToken && (vocabulary_->flags(whole) & formats::kTokenWhole) != 0) {
    scratch.after_unknown = false;
    out.push_back(whole);
    return;
  }
  split_into_symbols(cut, scratch);
  join_all(cut, scratch);
  for (std::uint32_t i = 0; i != kEnd; i = scratch.symbols[i].next) {
    const Scratch::Symbol& symbol = scratch.symbols[i];
    if (symbol.token == kNoToken) {
      put_uncovered(cut.substr(symbol.start, symbol.bytes), scratch, out);
    } else {
      scratch.after_unknown = false;
      out.push_back(symbol.token);
    }
  }
}

void PairMerger::split_into_symbols(std::string_view cut, Scratch& scratch) const {
  const bool bytes = (settings_.flags & formats::kTextBytes) != 0;
  scratch.symbols.clear();
  for (std::uint32_t start = 0; start < cut.size();) {
    const std::uint32_t length = bytes ? 1 : decode_utf8(cut.substr(start)).bytes;
    const std::uint32_t token = vocabulary_->find(cut.substr(start, length));
    const bool covered =
        token != kNoToken && (vocabulary_->flags(token) & formats::kTokenSymbol) != 0;
    const auto index = static_cast<std::uint32_t>(scratch.symbols.size());
    scratch.symbols.push_back({.start = start,
                               .bytes = length,
                               .token = covered ? token : kNoToken,
                               .previous = index - 1,
                               .next = index + 1});
    start += length;
  }
  scratch.symbols.front().previous = kEnd;
  scratch.symbols.back().next = kEnd;
}

// Adds the pair of symbol `left` and the next one to the candidates, if it joins into a token.
void PairMerger::consider(std::string_view cut, std::uint32_t left, Scratch& scratch) const {
  const Scratch::Symbol& a = scratch.symbols[left];
  if (a.next == kEnd) return;
  const Scratch::Symbol& b = scratch.symbols[a.next];
  if (a.token == kNoToken || b.token == kNoToken) return;
  const std::uint32_t bytes = a.bytes + b.bytes;
  const std::uint32_t token = vocabulary_->find(cut.substr(a.start, bytes));
  if (token == kNoToken || (vocabulary_->flags(token) & formats::kTokenJoined) == 0) return;
  const std::uint64_t rank = vocabulary_->rank(token);
  scratch.heap.push_back({rank << 32 | a.token, left, bytes, token});
  std::push_heap(scratch.heap.begin(), scratch.heap.end(), is_weaker);
}

void PairMerger::join_all(std::string_view cut, Scratch& scratch) const {
  auto& symbols = scratch.symbols;
  auto& heap = scratch.heap;
  heap.clear();
  for (std::uint32_t i = 0; i + 1 < symbols.size(); ++i) consider(cut, i, scratch);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_weaker);
    const Scratch::Candidate best = heap.back();
    heap.pop_back();
    Scratch::Symbol& left = symbols[best.symbol];
    // A candidate is stale when one of its symbols has been joined to another since.
    if (left.bytes == 0 || left.next == kEnd) continue;
    Scratch::Symbol& right = symbols[left.next];
    if (left.bytes + right.bytes != best.bytes) continue;
    left.bytes = best.bytes;
    left.token = best.token;
    left.next = right.next;
    right.bytes = 0;
    if (left.next != kEnd) symbols[left.next].previous = best.symbol;
    if (left.previous != kEnd) consider(cut, left.previous, scratch);
    consider(cut, best.symbol, scratch);
  }
}

// A character that no token covers: its bytes' own tokens, or else the unknown token.
void PairMerger::put_uncovered(std::string_view character, Scratch& scratch,
                               std::vector<std::uint32_t>& out) const {
  const auto byte_token = [this](char byte) {
    return byte_tokens_[static_cast<unsigned char>(byte)];
  };
  const bool as_bytes = byte_tokens_.size() == 256 &&
                        std::all_of(character.begin(), character.end(),
                                    [&](char byte) { return byte_token(byte) != kNoToken; });
  if (as_bytes) {
    for (const char byte : character) out.push_back(byte_token(byte));
    scratch.after_unknown = false;
    return;
  }
  if (settings_.unknown_token == kNoToken) return;
  const bool fuse = scratch.after_unknown && (settings_.flags & formats::kTextFuseUnknown) != 0;
  if (!fuse) out.push_back(settings_.unknown_token);
  scratch.after_unknown = true;
}

}  // namespace runtime::host
