// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/lower_stages.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "codegen/tokenizer/stage_names.h"
#include "ir/support/byte_spelling.h"
#include "runtime/formats/pre_tokenizer_bin.h"

namespace codegen::tokenizer {
namespace {

using ir::Result;
using ir::TokenizerDescription;
using namespace runtime::formats;  // NOLINT: what is lowered to

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581
constexpr char32_t kMarkPoint = 0x2581;

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

bool is_marking(const ir::Normalizer& normalizer) {
  const auto* replace = std::get_if<ir::ReplaceText>(&normalizer);
  return replace != nullptr && replace->from == " " && replace->to == kSpaceMark;
}

// What the set means in a text where spaces, or bytes, are spelled otherwise.
CodePointSet respelled(const CodePointSet& set, Spelling spelling) {
  if (spelling == Spelling::plain) return set;
  CodePointSet result;
  if (spelling == Spelling::bytes) {
    for (char32_t byte = 0; byte < 256; ++byte)
      if (set.contains(ir::kByteSpelling[byte]))
        result = result.united(CodePointSet::range(kBytePoints + byte, kBytePoints + byte));
    return result;
  }
  const CodePointSet space = CodePointSet::range(U' ', U' ');
  const CodePointSet both = space.united(CodePointSet::range(kMarkPoint, kMarkPoint));
  result = set.intersected(both.negated());
  return set.contains(kMarkPoint) ? result.united(space) : result;
}

void respell(Pattern& pattern, Spelling spelling) {
  pattern.set = respelled(pattern.set, spelling);
  for (Pattern& child : pattern.children) respell(child, spelling);
}

std::uint32_t flags_of(ir::SplitPattern::Behavior behavior, bool invert) {
  using Behavior = ir::SplitPattern::Behavior;
  switch (behavior) {
    case Behavior::removed:
      return invert ? kStageDropGaps : kStageDropMatches;
    case Behavior::merged_with_previous:
      return invert ? kStageJoinMatchGap : kStageJoinGapMatch;
    case Behavior::merged_with_next:
      return invert ? kStageJoinGapMatch : kStageJoinMatchGap;
    case Behavior::contiguous:  // gaps in a row are one already
      return invert ? 0 : kStageJoinMatches;
    case Behavior::isolated:
      break;
  }
  return 0;
}

// Lowers pre-tokenizers one by one, and keeps how the text is spelled.
class StageLowering {
 public:
  StageLowering(const TokenizerDescription& description, TextForm& form)
      : description_(description), form_(form) {}

  Result<void> add(const ir::SplitPattern& split) {
    Pattern pattern = literal_pattern(split.pattern);
    if (!split.literal || split.pattern.empty()) {
      std::string why;
      std::optional<Pattern> parsed = parse_pattern(split.pattern, why);
      if (!parsed)
        return unsupported(description_, fmt::format("{}, with {}", name_of(split), why));
      pattern = *std::move(parsed);
    }
    const Spelling spelling = spelling_of(form_);
    respell(pattern, spelling);
    const std::uint32_t unit = spelling == Spelling::bytes ? kStageBytes : 0;
    form_.stages.push_back({std::move(pattern), flags_of(split.behavior, split.invert) | unit});
    return {};
  }

  Result<void> add(const ir::Metaspace& metaspace) {
    if (metaspace.mark != kSpaceMark || spelling_of(form_) == Spelling::bytes)
      return unsupported(description_, fmt::format("Metaspace with \"{}\"", metaspace.mark));
    form_.settings.flags |= kTextSpaceMark;
    switch (metaspace.prepend) {
      case ir::Metaspace::Prepend::never:
        break;
      case ir::Metaspace::Prepend::always:
        put_space();
        break;
      case ir::Metaspace::Prepend::first:
        if (!form_.stages.empty())
          return unsupported(description_, "Metaspace before the first of many pieces");
        form_.settings.leading_space = LeadingSpace::first_unless_present;
    }
    if (!metaspace.split) return {};
    return add({.pattern = std::string(kSpaceMark),
                .literal = true,
                .behavior = ir::SplitPattern::Behavior::merged_with_next});
  }

  Result<void> add(const ir::ByteLevel& byte_level) {
    if (spelling_of(form_) == Spelling::bytes)
      return unsupported(description_, "the pre-tokenizer ByteLevel twice");
    if (byte_level.add_prefix_space) put_space();
    if (byte_level.use_regex) TRY_DO(add({.pattern = std::string(kGpt2Pattern)}));
    form_.settings.flags |= kTextBytes;
    return {};
  }

 private:
  void put_space() {
    if (form_.stages.empty())
      form_.settings.leading_space = LeadingSpace::unless_present;
    else
      form_.stages.push_back({.flags = kStageSpaceBefore});
  }

  const TokenizerDescription& description_;
  TextForm& form_;
};

bool is_mark_to_space(const ir::TokenDecoder& decoder) {
  if (const auto* replace = std::get_if<ir::ReplaceText>(&decoder))
    return replace->from == kSpaceMark && replace->to == " ";
  const auto* metaspace = std::get_if<ir::Metaspace>(&decoder);
  return metaspace != nullptr && metaspace->mark == kSpaceMark;
}

// The first of `rest`, which is then one shorter, if it is a Stage.
template <class Stage, class AnyStage>
const Stage* take(std::span<const AnyStage>& rest) {
  const auto* found = rest.empty() ? nullptr : std::get_if<Stage>(&rest[0]);
  if (found != nullptr) rest = rest.subspan(1);
  return found;
}

using Decoders = std::span<const ir::TokenDecoder>;

Result<void> lower_marked_decoders(const TokenizerDescription& description, Decoders decoders,
                                   TokenizerSettings& settings) {
  if (decoders.empty() || !is_mark_to_space(decoders[0]))
    return unsupported(description, decoders.empty() ? "no decoder" : name_of(decoders[0]));
  const auto* metaspace = std::get_if<ir::Metaspace>(&decoders[0]);
  if (metaspace != nullptr && metaspace->prepend != ir::Metaspace::Prepend::never)
    settings.strip_leading_spaces = 1;
  decoders = decoders.subspan(1);
  const bool joins_bytes = take<ir::ByteFallback>(decoders) != nullptr;
  if (description.byte_fallback && !joins_bytes)
    return unsupported(description, "byte pieces without the decoder ByteFallback");
  take<ir::Fuse>(decoders);
  if (const auto* strip = take<ir::Strip>(decoders)) {
    if (strip->text != " " || strip->stop != 0) return unsupported(description, name_of(*strip));
    settings.strip_leading_spaces = strip->start;
  }
  if (!decoders.empty()) return unsupported(description, name_of(decoders[0]));
  return {};
}

}  // namespace

Spelling spelling_of(const TextForm& form) {
  if ((form.settings.flags & kTextBytes) != 0) return Spelling::bytes;
  return (form.settings.flags & kTextSpaceMark) != 0 ? Spelling::marked : Spelling::plain;
}

Result<void> lower_normalizers(const TokenizerDescription& description, TextForm& form) {
  std::span<const ir::Normalizer> rest = description.normalizers;
  for (; !rest.empty() && !is_marking(rest[0]); rest = rest.subspan(1)) {
    if (std::holds_alternative<ir::PrependText>(rest[0])) break;
    form.normalizers.push_back(rest[0]);
  }
  if (const auto* prepend = take<ir::PrependText>(rest)) {
    if (prepend->text != kSpaceMark) return unsupported(description, name_of(*prepend));
    form.settings.leading_space = LeadingSpace::always;
    if (rest.empty() || !is_marking(rest[0]))
      return unsupported(description, "a space mark beside spaces that are spelled as spaces");
  }
  if (!rest.empty() && is_marking(rest[0])) {
    form.settings.flags |= kTextSpaceMark;
    rest = rest.subspan(1);
  }
  if (!rest.empty()) return unsupported(description, name_of(rest[0]) + " after another one");
  return {};
}

Result<void> lower_pre_tokenizers(const TokenizerDescription& description, TextForm& form) {
  StageLowering lowering(description, form);
  for (const ir::PreTokenizer& stage : description.pre_tokenizers)
    TRY_DO(std::visit([&](const auto& s) { return lowering.add(s); }, stage));
  return {};
}

Result<void> lower_decoders(const TokenizerDescription& description, TextForm& form) {
  Decoders decoders = description.decoders;
  switch (spelling_of(form)) {
    case Spelling::bytes:
      if (take<ir::ByteLevel>(decoders) == nullptr)
        return unsupported(description, decoders.empty() ? "no decoder" : name_of(decoders[0]));
      break;
    case Spelling::marked:
      return lower_marked_decoders(description, decoders, form.settings);
    case Spelling::plain: {
      form.settings.flags |= kTextSpaceBetween;
      const auto* words = take<ir::WordDecoder>(decoders);
      if (words != nullptr && words->prefix != description.continuing_prefix)
        return unsupported(description, name_of(*words) + " with another prefix than the model");
      break;
    }
  }
  if (!decoders.empty()) return unsupported(description, name_of(decoders[0]));
  return {};
}

}  // namespace codegen::tokenizer
