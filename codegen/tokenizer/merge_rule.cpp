// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/merge_rule.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace codegen::tokenizer {
namespace {

using ir::Merge;
using ir::Result;
using ir::TokenizerDescription;
using runtime::formats::kTokenJoined;
using runtime::formats::kTokenPiece;
using runtime::formats::kTokenSymbol;
using runtime::formats::kTokenWhole;

constexpr std::uint32_t kNone = 0xffff'ffffU;

std::uint64_t key_of(std::uint32_t left, std::uint32_t right) {
  return static_cast<std::uint64_t>(left) << 32 | right;
}

// The list of merges, indexed.
struct Merges {
  std::unordered_map<std::string_view, std::uint32_t> tokens;  // in text, by bytes
  std::vector<std::uint32_t> results;                          // of each merge
  std::unordered_map<std::uint64_t, std::uint32_t> order;      // from (left, right) to its place
  std::vector<std::uint32_t> first;                            // merge of each token; kNone: none
  std::vector<std::uint32_t> ranks;                            // of each token, by first merge
};

bool is_symbol(std::string_view bytes, bool bytes_are_symbols) {
  if (bytes.empty()) return false;
  if (bytes_are_symbols) return bytes.size() == 1;
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
  };
  for (const char c : bytes.substr(1))
    if (!is_continuation(c)) return false;
  return true;
}

Result<Merges> index_merges(const TokenizerDescription& description, const TextForm& form) {
  Merges merges;
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id)
    if (form.in_text[id] && !form.bytes[id].empty() &&
        !merges.tokens.emplace(form.bytes[id], id).second)
      return unsupported(description,
                         fmt::format("two pieces for the same text \"{}\"", form.bytes[id]));
  merges.first.assign(form.bytes.size(), kNone);
  merges.ranks.assign(form.bytes.size(), 0);
  std::uint32_t ranked = 0;
  for (std::uint32_t place = 0; place < description.merges.size(); ++place) {
    const Merge merge = description.merges[place];
    const auto result = merges.tokens.find(form.bytes[merge.left] + form.bytes[merge.right]);
    if (!form.in_text[merge.left] || !form.in_text[merge.right] || result == merges.tokens.end())
      return unsupported(description, fmt::format("a merge of \"{}\" and \"{}\", which are no text",
                                                  description.pieces[merge.left].text,
                                                  description.pieces[merge.right].text));
    merges.results.push_back(result->second);
    merges.order.emplace(key_of(merge.left, merge.right), place);
    if (merges.first[result->second] == kNone) {
      merges.first[result->second] = place;
      merges.ranks[result->second] = ranked++;
    }
  }
  return merges;
}

// Condition 1.
Result<void> check_order(const TokenizerDescription& description, const Merges& merges) {
  for (std::uint32_t place = 1; place < merges.results.size(); ++place) {
    const std::uint32_t result = merges.results[place];
    if (merges.first[result] == place) continue;
    if (merges.results[place - 1] != result ||
        description.merges[place - 1].left > description.merges[place].left)
      return unsupported(description, fmt::format("merges of \"{}\" that are not in order",
                                                  description.pieces[result].text));
  }
  return {};
}

// Condition 2, first half: every cut of a token in two tokens is in the list.
bool names_every_cut(const TextForm& form, const Merges& merges) {
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id) {
    if (merges.first[id] == kNone) continue;
    const std::string_view bytes = form.bytes[id];
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto left = merges.tokens.find(bytes.substr(0, cut));
      if (left == merges.tokens.end()) continue;
      const auto right = merges.tokens.find(bytes.substr(cut));
      if (right != merges.tokens.end() &&
          !merges.order.contains(key_of(left->second, right->second)))
        return false;
    }
  }
  return true;
}

// Condition 2, second half: each part comes before its result.
bool parts_come_first(const TokenizerDescription& description, const Merges& merges) {
  const auto comes_before = [&merges](std::uint32_t part, std::uint32_t place) {
    return merges.first[part] == kNone || merges.first[part] < place;
  };
  for (std::uint32_t place = 0; place < description.merges.size(); ++place)
    if (!comes_before(description.merges[place].left, place) ||
        !comes_before(description.merges[place].right, place))
      return false;
  return true;
}

// Whether merging the bytes of `id` alone, by the list, gives `id`.
bool merges_to_itself(std::uint32_t id, const TextForm& form, const Merges& merges) {
  const std::string_view bytes = form.bytes[id];
  const bool bytes_are_symbols = (form.settings.flags & runtime::formats::kTextBytes) != 0;
  std::vector<std::uint32_t> parts;
  for (std::size_t start = 0, end = 1; start < bytes.size(); start = end) {
    for (end = start + 1; end < bytes.size(); ++end)
      if (bytes_are_symbols || !is_symbol(bytes.substr(start, end + 1 - start), false)) break;
    const auto symbol = merges.tokens.find(bytes.substr(start, end - start));
    if (symbol == merges.tokens.end()) return false;
    parts.push_back(symbol->second);
  }
  while (parts.size() > 1) {
    std::size_t best = parts.size();
    std::uint32_t least = kNone;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = merges.order.find(key_of(parts[i], parts[i + 1]));
      if (found != merges.order.end() && found->second < least) {
        least = found->second;
        best = i;
      }
    }
    if (best == parts.size()) return false;
    parts[best] = merges.results[least];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  return parts.size() == 1 && parts[0] == id;
}

}  // namespace

Result<MergeRule> merge_rule_of(const TokenizerDescription& description, const TextForm& form) {
  TRY(const Merges merges, index_merges(description, form));
  TRY_DO(check_order(description, merges));
  const bool every_cut = names_every_cut(form, merges);
  if (!every_cut && !parts_come_first(description, merges))
    return unsupported(description, "a list of merges in which parts come after their results");

  const bool bytes_are_symbols = (form.settings.flags & runtime::formats::kTextBytes) != 0;
  MergeRule rule;
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id) {
    const bool result = merges.first[id] != kNone;
    rule.ranks.push_back(result ? merges.ranks[id] : id);
    std::uint8_t flags = 0;
    if (form.in_text[id] && !form.bytes[id].empty()) {
      const bool whole = merges_to_itself(id, form, merges);
      if (is_symbol(form.bytes[id], bytes_are_symbols)) flags |= kTokenSymbol;
      if (result && (every_cut || whole)) flags |= kTokenJoined;
      if (whole) flags |= kTokenWhole;
      if (description.whole_pieces_first) flags |= kTokenPiece;
    }
    rule.flags.push_back(flags);
  }
  return rule;
}

}  // namespace codegen::tokenizer
