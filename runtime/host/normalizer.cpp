// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/normalizer.h"

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::NormalizerKind;

constexpr std::size_t kMostSteps = 64;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

void append_with_spaces_for_marks(std::string_view text, std::string& out) {
  std::size_t from = 0;
  for (std::size_t at = text.find(kSpaceMark); at != std::string_view::npos;
       at = text.find(kSpaceMark, from)) {
    out.append(text.substr(from, at - from)).push_back(' ');
    from = at + kSpaceMark.size();
  }
  out.append(text.substr(from));
}

}  // namespace

std::optional<Normalizer> Normalizer::open(std::span<const std::byte> section,
                                           const formats::TokenizerSettings& settings) {
  Normalizer normalizer;
  normalizer.space_before_ = settings.leading_space == formats::LeadingSpace::always;
  normalizer.space_marks_ = (settings.flags & formats::kTextSpaceMark) != 0;
  SectionReader reader(section);
  while (!reader.at_end()) {
    const auto header = reader.take_one<formats::NormalizerStep>();
    const SectionReader table(reader.take_bytes(header.bytes));
    if (!reader.ok() || normalizer.steps_.size() == kMostSteps) return std::nullopt;
    std::optional<Step> step = open_step(header.kind, table);
    if (!step) return std::nullopt;
    normalizer.steps_.push_back(*std::move(step));
  }
  return normalizer;
}

std::optional<Normalizer::Step> Normalizer::open_step(NormalizerKind kind, SectionReader reader) {
  switch (kind) {
    case NormalizerKind::map:
      return CharacterMap::open(reader);
    case NormalizerKind::form:
      return UnicodeForm::open(reader);
    case NormalizerKind::replace: {
      Replace replace;
      replace.text = reader.take_text(reader.take_one<std::uint32_t>());
      std::optional<PreTokenizer> pattern = PreTokenizer::open(reader.rest());
      if (!reader.ok() || !pattern || pattern->stages() != 1) return std::nullopt;
      replace.pattern = *std::move(pattern);
      return replace;
    }
    case NormalizerKind::strip: {
      const auto sides = reader.take_one<std::uint32_t>();
      return Strip{(sides & 1U) != 0, (sides & 2U) != 0};
    }
    case NormalizerKind::trie:
      return PrecompiledMap::open(reader);
  }
  return std::nullopt;
}

std::string_view Normalizer::apply(std::string_view text, Scratch& scratch) const {
  for (const Step& step : steps_) {
    scratch.next.clear();
    if (!std::visit([&](const auto& s) { return s.apply(text, scratch.next); }, step)) continue;
    std::swap(scratch.current, scratch.next);
    text = scratch.current;
  }
  if (!space_before_ && !space_marks_) return text;
  scratch.next.clear();
  if (space_before_) scratch.next.push_back(' ');
  space_marks_ ? append_with_spaces_for_marks(text, scratch.next) : (void)scratch.next.append(text);
  return scratch.next;
}

bool Normalizer::Replace::apply(std::string_view input, std::string& out) const {
  bool changed = false;
  pattern.cut(input, [&](std::string_view piece, bool matched) {
    changed = changed || matched;
    out.append(matched ? text : piece);
  });
  return changed;
}

bool Normalizer::Strip::apply(std::string_view text, std::string& out) const {
  const std::string_view from_left = left ? text.substr(white_space_after(text, 0)) : text;
  const std::size_t end =
      right ? white_space_before(from_left, from_left.size(), 0) : from_left.size();
  if (end == text.size()) return false;
  out.append(from_left.substr(0, end));
  return true;
}

}  // namespace runtime::host
