// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/unicode_form.h"

#include <algorithm>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

// Hangul syllables are composed by arithmetic (Unicode Standard, section 3.12).
constexpr char32_t kSyllables = 0xac00;
constexpr char32_t kLeading = 0x1100, kVowel = 0x1161, kTrailing = 0x11a7;
constexpr char32_t kLeadings = 19, kVowels = 21, kTrailings = 28;

bool is_syllable(char32_t c) {
  return c >= kSyllables && c < kSyllables + kLeadings * kVowels * kTrailings;
}

// The first index of `list` whose key is not less than `key`.
template <class T, class Key>
std::size_t lower_bound(const PackedList<T>& list, Key key_of, std::uint64_t key) {
  std::size_t low = 0;
  for (std::size_t high = list.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (key_of(list[middle]) < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::uint64_t key_of(const formats::Composition& entry) {
  return std::uint64_t{entry.first} << 32 | entry.second;
}

}  // namespace

std::optional<UnicodeForm> UnicodeForm::open(SectionReader& reader) {
  UnicodeForm form;
  const auto header = reader.take_one<formats::FormHeader>();
  form.compose_ = header.compose != 0;
  const auto values = PointTable<std::uint8_t>::take(reader, header.blocks);
  if (!values) return std::nullopt;
  form.values_ = *values;
  form.decompositions_ = reader.take<formats::Decomposition>(header.decompositions);
  form.compositions_ = reader.take<formats::Composition>(header.compositions);
  form.text_ = reader.take_text(header.text_bytes);
  if (!reader.ok()) return std::nullopt;
  for (std::size_t i = 0; i < form.decompositions_.size(); ++i) {
    const formats::Decomposition entry = form.decompositions_[i];
    if (std::uint64_t{entry.offset} + entry.bytes > form.text_.size()) return std::nullopt;
  }
  for (std::size_t i = 0; i < form.compositions_.size(); ++i)
    if (form.compositions_[i].composite > 0x10ffff) return std::nullopt;
  for (char32_t run = 0x800 / 64; run < 0x10000 / 64; ++run) {
    bool plain = run < 0xd800 / 64 || run >= 0xe000 / 64;  // no surrogates
    for (char32_t i = 0; plain && i < 64; ++i)
      plain = form.is_border(form.values_.of(run * 64 + i));
    if (plain) form.plain_[run / 64] |= std::uint64_t{1} << (run % 64);
  }
  return form;
}

std::size_t UnicodeForm::plain_border(std::string_view text, std::size_t at) const {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  if (lead < 0xe0 || lead > 0xef || text.size() - at < 3) return 0;
  if (!is_utf8_continuation(text[at + 1]) || !is_utf8_continuation(text[at + 2])) return 0;
  const bool plain =
      (plain_[lead & 0xfU] >> (static_cast<unsigned char>(text[at + 1]) & 0x3fU) & 1U) != 0;
  return plain ? 3 : 0;
}

bool UnicodeForm::apply(std::string_view text, std::string& out) const {
  Characters characters;
  std::size_t done = 0;    // what comes before has been appended
  std::size_t border = 0;  // where the span begins that the next character belongs to
  bool in_span = false;    // the span has a character that is no border
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t bytes = in_span ? 0 : plain_border(text, at); bytes > 0) {
      border = at;
      at += bytes;
      continue;
    }
    const Utf8Character read = decode_utf8(text.substr(at));
    const bool valid = read.state == Utf8Character::State::valid;
    if (!valid || is_border(values_.of(read.code_point))) {
      if (in_span) {
        out.append(text.substr(done, border - done));
        convert(text.substr(border, at - border), characters, out);
        done = at;
      }
      in_span = false;
      border = valid ? at : at + read.bytes;
    } else {
      in_span = true;
    }
    at += read.bytes;
  }
  if (in_span) {
    out.append(text.substr(done, border - done));
    convert(text.substr(border), characters, out);
    done = text.size();
  }
  if (done == 0) return false;
  out.append(text.substr(done));
  return true;
}

void UnicodeForm::convert(std::string_view span, Characters& characters, std::string& out) const {
  characters.clear();
  for (std::size_t at = 0; at < span.size();) {
    const Utf8Character read = decode_utf8(span.substr(at));
    decompose(read.code_point, characters);
    at += read.bytes;
  }
  // Runs of characters with an order are sorted by it, and keep their places within one order.
  for (auto start = characters.begin(); start != characters.end();) {
    auto end = start;
    while (end != characters.end() && end->order != 0) ++end;
    std::stable_sort(start, end,
                     [](const Character& a, const Character& b) { return a.order < b.order; });
    start = end == characters.end() ? end : end + 1;
  }
  if (compose_) compose(characters);
  for (const Character& c : characters) append_utf8(c.code_point, out);
}

void UnicodeForm::decompose(char32_t code_point, Characters& characters) const {
  const std::uint8_t value = values_.of(code_point);
  if ((value & formats::kFormDecomposes) == 0) {
    characters.push_back(character(code_point));
    return;
  }
  if (is_syllable(code_point)) {
    const char32_t index = code_point - kSyllables;
    characters.push_back({kLeading + index / (kVowels * kTrailings), 0});
    characters.push_back({kVowel + index / kTrailings % kVowels, 0});
    if (index % kTrailings != 0) characters.push_back({kTrailing + index % kTrailings, 0});
    return;
  }
  const std::size_t found =
      lower_bound(decompositions_, [](const auto& entry) { return entry.code_point; }, code_point);
  if (found == decompositions_.size() || decompositions_[found].code_point != code_point) return;
  const formats::Decomposition entry = decompositions_[found];
  for (std::string_view rest = text_.substr(entry.offset, entry.bytes); !rest.empty();) {
    const Utf8Character read = decode_utf8(rest);
    characters.push_back(character(read.code_point));
    rest.remove_prefix(read.bytes);
  }
}

char32_t UnicodeForm::composite_of(char32_t first, char32_t second) const {
  if (first - kLeading < kLeadings && second - kVowel < kVowels)
    return kSyllables + ((first - kLeading) * kVowels + (second - kVowel)) * kTrailings;
  if (is_syllable(first) && (first - kSyllables) % kTrailings == 0 && second > kTrailing &&
      second < kTrailing + kTrailings)
    return first + (second - kTrailing);
  const std::uint64_t key = std::uint64_t{first} << 32 | second;
  const std::size_t found = lower_bound(compositions_, key_of, key);
  return found < compositions_.size() && key_of(compositions_[found]) == key
             ? compositions_[found].composite
             : 0;
}

// Each character joins the last one without an order, if nothing between the two blocks it.
void UnicodeForm::compose(Characters& characters) const {
  std::size_t kept = 0;
  std::size_t starter = characters.size();  // none yet
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const Character next = characters[i];
    const bool has_starter = starter < kept;
    const std::uint8_t last = kept == 0 ? 0 : characters[kept - 1].order;
    const bool blocked = has_starter && starter + 1 < kept && (last == 0 || last >= next.order);
    const char32_t joined =
        has_starter && !blocked ? composite_of(characters[starter].code_point, next.code_point) : 0;
    if (joined != 0) {
      characters[starter].code_point = joined;
      continue;
    }
    if (next.order == 0) starter = kept;
    characters[kept++] = next;
  }
  characters.resize(kept);
}

}  // namespace runtime::host
