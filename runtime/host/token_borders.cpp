// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/token_borders.h"

#include <algorithm>
#include <bit>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::kNoToken;
using Scratch = TokenBorders::Scratch;

constexpr std::uint32_t kEnd = 0xffff'ffffU;  // no symbol
constexpr std::uint64_t kNever = ~std::uint64_t{0};

// What has been decided lies in a table of 256 KiB: the pair of tokens is mapped to another number
// of as many bits, the upper bits of which are the place; the others, the answer and the mark that
// there is one fill 32 bits.
constexpr std::uint32_t kPairBits = 2 * std::bit_width(formats::kMaxTokens - 1);
constexpr std::uint32_t kPlaceBits = 16;
constexpr std::uint64_t kPairMask = (std::uint64_t{1} << kPairBits) - 1;
constexpr std::uint32_t kRestBits = kPairBits - kPlaceBits;
static_assert(kRestBits + 2 <= 32);

// Odd factors and shifts lose nothing.
std::uint64_t mapped(std::uint32_t left, std::uint32_t right) {
  constexpr std::uint64_t kFactor = 0x9e37'79b9'7f4a'7c15U;  // 2^64 divided by the golden ratio
  std::uint64_t pair = std::uint64_t{left} << (kPairBits / 2) | right;
  pair = pair * kFactor & kPairMask;
  pair ^= pair >> (kPairBits / 2);
  return pair * kFactor & kPairMask;
}

// Instead of the left part of a last merge.
constexpr std::uint32_t kUnasked = 0;             // with 0 as right part, too
constexpr std::uint32_t kNone = 0xffff'ffffU;     // the token is a symbol
constexpr std::uint32_t kNoOrder = 0xffff'fffeU;  // its merges are not in order of strength

// A heap's order: whether `a` comes after `b`.
bool is_weaker(const Scratch::Candidate& a, const Scratch::Candidate& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.symbol > b.symbol;
}

}  // namespace

bool TokenBorders::holds(std::uint32_t left, std::uint32_t right, std::string_view text,
                         std::size_t border, Scratch& scratch) const {
  if (vocabulary_->cuts() && !vocabulary_->joins(text[border - 1], text[border])) return true;
  if (scratch.decided.empty()) scratch.decided.resize(std::size_t{1} << kPlaceBits);
  const std::uint64_t pair = mapped(left, right);
  std::uint32_t& known = scratch.decided[pair >> kRestBits];
  const std::uint32_t answered = static_cast<std::uint32_t>(pair << 2) | 2U;
  if ((known & ~1U) != answered)
    known = answered | (decide(left, right, text, border, scratch) ? 1U : 0U);
  return (known & 1U) != 0;
}

bool TokenBorders::decide(std::uint32_t left, std::uint32_t right, std::string_view text,
                          std::size_t border, Scratch& scratch) const {
  const std::uint32_t whole_left = left;
  const std::uint32_t whole_right = right;
  // The merge that took the pair at the border apart by joining one of its parts to what lies
  // behind it. Of equally strong merges the one further left comes first.
  std::uint64_t end = kNever;
  bool end_is_right = true;
  while (true) {
    const std::uint64_t crossing = priority_of_joining(left, right, text, border);
    if (crossing < end || (crossing == end && end_is_right && crossing != kNever)) return false;
    const Merge a = last_merge(left, scratch);
    const Merge b = last_merge(right, scratch);
    if (a.left == kNoOrder || b.left == kNoOrder)
      return holds_when_merged(whole_left, whole_right, text, border, scratch);
    if (a.left == kNone && b.left == kNone) return true;
    const auto priority = [](const Merge& merge) {
      return merge.left == kNone ? 0 : std::uint64_t{merge.rank} << 32 | merge.left;
    };
    const std::uint64_t of_left = priority(a);
    const std::uint64_t of_right = priority(b);
    end_is_right = a.left == kNone || (b.left != kNone && of_right >= of_left);
    end = end_is_right ? of_right : of_left;
    if (end_is_right)
      right = b.left;
    else
      left = a.right;
  }
}

bool TokenBorders::holds_when_merged(std::uint32_t left, std::uint32_t right, std::string_view text,
                                     std::size_t border, Scratch& scratch) const {
  const std::uint32_t before = vocabulary_->length(left);
  text = text.substr(border - before, before + vocabulary_->length(right));
  start(text, scratch);
  for (Joined joined; join_next(text, scratch, joined);)
    if (joined.start < before && joined.end > before) return false;
  return true;
}

// Of joining the two at the border; kNever if they do not join.
std::uint64_t TokenBorders::priority_of_joining(std::uint32_t left, std::uint32_t right,
                                                std::string_view text, std::size_t border) const {
  const std::uint32_t before = vocabulary_->length(left);
  const std::uint32_t token =
      vocabulary_->find_rare(text.substr(border - before, before + vocabulary_->length(right)));
  if (token == kNoToken || (vocabulary_->flags(token) & formats::kTokenJoined) == 0) return kNever;
  return std::uint64_t{vocabulary_->rank(token)} << 32 | left;
}

TokenBorders::Merge TokenBorders::last_merge(std::uint32_t token, Scratch& scratch) const {
  if (scratch.merges.empty()) scratch.merges.resize(vocabulary_->size());
  const Merge known = scratch.merges[token];
  if (known.left != kUnasked || known.right != kUnasked) return known;
  Merge merge = find_last_merge(token, scratch);
  merge.rank = vocabulary_->rank(token);
  scratch.merges[token] = merge;
  return merge;
}

TokenBorders::Merge TokenBorders::find_last_merge(std::uint32_t token, Scratch& scratch) const {
  const std::string_view text = vocabulary_->bytes(token);
  start(text, scratch);
  if (scratch.symbols.size() == 1) return {.left = kNone};
  Merge last{.left = kNoOrder};
  std::uint64_t priority = 0;
  for (Joined joined; join_next(text, scratch, joined); priority = joined.priority) {
    if (joined.priority < priority) return {.left = kNoOrder};
    if (joined.end - joined.start == text.size()) last = joined.parts;
  }
  return last;
}

void TokenBorders::start(std::string_view text, Scratch& scratch) const {
  scratch.symbols.clear();
  for (std::uint32_t start = 0; start < text.size();) {
    const std::uint32_t length = bytes_are_symbols_ ? 1 : decode_utf8(text.substr(start)).bytes;
    const std::uint32_t token = vocabulary_->find(text.substr(start, length));
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
  scratch.heap.clear();
  for (std::uint32_t i = 0; i + 1 < scratch.symbols.size(); ++i) consider(text, i, scratch);
}

// Adds the pair of symbol `left` and the next one to the candidates, if it joins into a token.
void TokenBorders::consider(std::string_view text, std::uint32_t left, Scratch& scratch) const {
  const Scratch::Symbol& a = scratch.symbols[left];
  if (a.next == kEnd) return;
  const Scratch::Symbol& b = scratch.symbols[a.next];
  if (a.token == kNoToken || b.token == kNoToken) return;
  const std::uint32_t bytes = a.bytes + b.bytes;
  const std::uint32_t token = vocabulary_->find_rare(text.substr(a.start, bytes));
  if (token == kNoToken || (vocabulary_->flags(token) & formats::kTokenJoined) == 0) return;
  const std::uint64_t rank = vocabulary_->rank(token);
  scratch.heap.push_back({rank << 32 | a.token, left, bytes, token});
  std::push_heap(scratch.heap.begin(), scratch.heap.end(), is_weaker);
}

// Joins the strongest pair; false if no two symbols join.
bool TokenBorders::join_next(std::string_view text, Scratch& scratch, Joined& joined) const {
  auto& symbols = scratch.symbols;
  auto& heap = scratch.heap;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_weaker);
    const Scratch::Candidate best = heap.back();
    heap.pop_back();
    Scratch::Symbol& left = symbols[best.symbol];
    // A candidate is stale when one of its symbols has been joined to another since.
    if (left.bytes == 0 || left.next == kEnd) continue;
    Scratch::Symbol& right = symbols[left.next];
    if (left.bytes + right.bytes != best.bytes) continue;
    joined = {.priority = best.priority,
              .parts = {.left = left.token, .right = right.token},
              .start = left.start,
              .end = left.start + best.bytes};
    left.bytes = best.bytes;
    left.token = best.token;
    left.next = right.next;
    right.bytes = 0;
    if (left.next != kEnd) symbols[left.next].previous = best.symbol;
    if (left.previous != kEnd) consider(text, left.previous, scratch);
    consider(text, best.symbol, scratch);
    return true;
  }
  return false;
}

}  // namespace runtime::host
