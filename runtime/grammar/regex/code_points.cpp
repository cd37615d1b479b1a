// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/code_points.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/store.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::regex {
namespace {

constexpr std::uint32_t kLast = 0x10ffff;
constexpr std::size_t kMaxKnown = 64;  // sets whose spellings are kept
constexpr CodePoints::Range kSurrogates = {0xd800, 0xdfff};

// A spelling is a sequence of digits, most significant first, each of so many bits of the number.
struct Digit {
  enum class Form : std::uint8_t { byte, hexadecimal };

  Form form;
  unsigned bits;
  std::uint8_t zero;        // the byte, or hexadecimal digit, that 0 is spelled as
  std::string_view before;  // what stands before the digit

  ByteSet of(unsigned value) const {
    const unsigned shown = zero + value;
    if (form == Form::byte)
      return ByteSet::range(static_cast<std::uint8_t>(shown), static_cast<std::uint8_t>(shown));
    constexpr std::string_view kLower = "0123456789abcdef";
    constexpr std::string_view kUpper = "0123456789ABCDEF";
    return ByteSet::of(kLower.substr(shown, 1)) | ByteSet::of(kUpper.substr(shown, 1));
  }
};

constexpr Digit byte_of(unsigned bits, std::uint8_t zero) {
  return {Digit::Form::byte, bits, zero, {}};
}
constexpr Digit hex(unsigned bits, std::uint8_t zero, std::string_view before = {}) {
  return {Digit::Form::hexadecimal, bits, zero, before};
}

constexpr Digit kOneByte[] = {byte_of(7, 0)};
constexpr Digit kTwoBytes[] = {byte_of(5, 0xc0), byte_of(6, 0x80)};
constexpr Digit kThreeBytes[] = {byte_of(4, 0xe0), byte_of(6, 0x80), byte_of(6, 0x80)};
constexpr Digit kFourBytes[] = {byte_of(3, 0xf0), byte_of(6, 0x80), byte_of(6, 0x80),
                                byte_of(6, 0x80)};
constexpr Digit kEscape[] = {hex(4, 0, "\\u"), hex(4, 0), hex(4, 0), hex(4, 0)};
constexpr Digit kSurrogatePair[] = {hex(2, 8, "\\ud"),  hex(4, 0), hex(4, 0),
                                    hex(2, 12, "\\ud"), hex(4, 0), hex(4, 0)};

struct Scheme {
  CodePoints::Range range;  // of characters that are spelled so
  std::uint32_t zero;       // the character whose digits are all 0
  std::span<const Digit> digits;
};

constexpr Scheme kRaw[] = {
    {{0, 0x7f}, 0, kOneByte},
    {{0x80, 0x7ff}, 0, kTwoBytes},
    {{0x800, 0xffff}, 0, kThreeBytes},
    {{0x10000, kLast}, 0, kFourBytes},
};
constexpr Scheme kEscaped[] = {
    {{0, 0xffff}, 0, kEscape},
    {{0x10000, kLast}, 0x10000, kSurrogatePair},
};
constexpr std::pair<char, std::uint32_t> kShortEscapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},
                                                            {'b', '\b'}, {'f', '\f'},  {'n', '\n'},
                                                            {'r', '\r'}, {'t', '\t'}};

// The characters of the set from `first` on, as many as the digits can count.
Regex digits_of(Expressions& e, const CodePoints& set, std::uint32_t first,
                std::span<const Digit> digits) {
  if (digits.empty()) return kEmptyText;
  const Digit& digit = digits[0];
  unsigned below = 0;
  for (const Digit& other : digits.subspan(1)) below += other.bits;
  const std::uint32_t step = std::uint32_t{1} << below;
  List<std::pair<Regex, ByteSet>> by_rest;
  Regex full = kNothing;
  for (unsigned value = 0; value < 1U << digit.bits; ++value) {
    const CodePoints::Range block = {first + value * step, first + value * step + step - 1};
    if (!set.contains_any(block)) continue;
    const bool is_full = set.contains_all(block);
    Regex rest = full;
    if (!is_full || full == kNothing) rest = digits_of(e, set, block.first, digits.subspan(1));
    if (is_full) full = rest;
    auto same = std::ranges::find(by_rest, rest, &std::pair<Regex, ByteSet>::first);
    if (same == by_rest.end()) same = by_rest.insert(same, {rest, {}});
    same->second |= digit.of(value);
  }
  List<Regex> parts;
  for (const auto& [rest, bytes] : by_rest) parts.push_back(e.concat(e.bytes(bytes), rest));
  Regex result = e.either(parts);
  for (std::size_t i = digit.before.size(); i-- > 0;)
    result = e.concat(
        digit.before[i] == 'd' ? e.bytes(ByteSet::of("dD")) : e.literal(digit.before.substr(i, 1)),
        result);
  return result;
}

void add_spellings(Expressions& e, const CodePoints& set, std::span<const Scheme> schemes,
                   List<Regex>& parts) {
  for (const Scheme& s : schemes) {
    const CodePoints spelled_so = set & CodePoints::range(s.range.first, s.range.last);
    if (!spelled_so.is_empty()) parts.push_back(digits_of(e, spelled_so, s.zero, s.digits));
  }
}

Regex spelled_in_json(Expressions& e, const CodePoints& set) {
  List<Regex> parts;
  const CodePoints never_raw = CodePoints::range(0, 0x1f) | CodePoints::of("\"\\");
  add_spellings(e, set & ~never_raw, kRaw, parts);
  add_spellings(e, set, kEscaped, parts);
  ByteSet letters;
  for (const auto& [letter, point] : kShortEscapes)
    if (set.contains(point)) letters.insert(static_cast<std::uint8_t>(letter));
  parts.push_back(e.concat(e.literal("\\"), e.bytes(letters)));
  return e.either(parts);
}

Regex newly_spelled(Expressions& e, const CodePoints& set, Text text) {
  if (text == Text::json_string) return spelled_in_json(e, set);
  List<Regex> parts;
  add_spellings(e, set, kRaw, parts);
  return e.either(parts);
}

}  // namespace

CodePoints CodePoints::range(std::uint32_t first, std::uint32_t last) {
  CodePoints set;
  set.insert(first, last);
  return set;
}

CodePoints CodePoints::of(std::span<const Range> ranges) {
  CodePoints set;
  for (const Range range : ranges) set.insert(range.first, range.last);
  return set;
}

CodePoints CodePoints::of(std::string_view ascii) {
  CodePoints set;
  for (const char c : ascii) set.insert(static_cast<std::uint8_t>(c), static_cast<std::uint8_t>(c));
  return set;
}

CodePoints CodePoints::all() { return range(0, kLast); }

void CodePoints::insert(std::uint32_t first, std::uint32_t last) {
  last = std::min(last, kLast);
  if (first > last) return;
  if (first <= kSurrogates.last && last >= kSurrogates.first) {
    if (first < kSurrogates.first) insert(first, kSurrogates.first - 1);
    if (last > kSurrogates.last) insert(kSurrogates.last + 1, last);
    return;
  }
  if (ranges_.empty() || ranges_.back().last + 1 < first) {
    ranges_.push_back({first, last});
    return;
  }
  // Ranges that touch the new one melt into it.
  const auto begin =
      std::ranges::find_if(ranges_, [&](const Range& r) { return r.last + 1 >= first; });
  auto end = begin;
  for (; end != ranges_.end() && end->first <= last + 1; ++end) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
  }
  ranges_.insert(ranges_.erase(begin, end), {first, last});
}

bool CodePoints::contains_all(Range range) const {
  const auto found = std::ranges::lower_bound(ranges_, range.first, {}, &Range::last);
  return found != ranges_.end() && found->first <= range.first && range.last <= found->last;
}

bool CodePoints::contains_any(Range range) const {
  const auto found = std::ranges::lower_bound(ranges_, range.first, {}, &Range::last);
  return found != ranges_.end() && found->first <= range.last;
}

CodePoints operator|(const CodePoints& a, const CodePoints& b) {
  List<CodePoints::Range> merged;
  std::ranges::merge(a.ranges_, b.ranges_, std::back_inserter(merged), {},
                     &CodePoints::Range::first, &CodePoints::Range::first);
  CodePoints set;
  for (const CodePoints::Range range : merged) {
    if (!set.ranges_.empty() && range.first <= set.ranges_.back().last + 1)
      set.ranges_.back().last = std::max(set.ranges_.back().last, range.last);
    else
      set.ranges_.push_back(range);
  }
  return set;
}

CodePoints operator~(const CodePoints& a) {
  CodePoints set;
  std::uint32_t next = 0;
  for (const CodePoints::Range range : a.ranges_) {
    if (next < range.first) set.insert(next, range.first - 1);
    next = range.last + 1;
  }
  set.insert(next, kLast);
  return set;
}

CodePoints operator&(const CodePoints& a, const CodePoints& b) { return ~(~a | ~b); }

Regex spelled(Expressions& e, const CodePoints& set, Text text) {
  Store& store = e.store();
  const bool is_character =
      set.ranges().size() == 1 && set.ranges()[0].first == set.ranges()[0].last;
  if (is_character) {
    const std::uint32_t point = set.ranges()[0].first;
    if (text == Text::utf8 || point >= 0x80) return newly_spelled(e, set, text);
    if (store.json_characters[point] != kNothing) return store.json_characters[point];
    const Regex regex = newly_spelled(e, set, text);
    if (!e.fuel().exhausted()) store.json_characters[point] = regex;
    return regex;
  }
  for (const Spelling& spelling : store.spellings)
    if (spelling.text == text && spelling.set == set) return spelling.regex;
  const Regex regex = newly_spelled(e, set, text);
  if (store.spellings.size() < kMaxKnown && !e.fuel().exhausted())
    store.spellings.push_back({set, text, regex});
  return regex;
}

Regex spelled(Expressions& e, std::string_view utf8, Text text) {
  if (text == Text::utf8) return e.literal(utf8);
  List<Regex> characters;
  while (!utf8.empty()) {
    const host::Utf8Character next = host::decode_utf8(utf8);
    if (next.state != host::Utf8Character::State::valid) return kNothing;
    characters.push_back(spelled(e, CodePoints::range(next.code_point, next.code_point), text));
    utf8.remove_prefix(next.bytes);
  }
  return e.concat(characters);
}

}  // namespace runtime::grammar::regex
