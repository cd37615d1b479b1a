// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/normalizer_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "codegen/tokenizer/automaton.h"
#include "codegen/tokenizer/character_rules.h"
#include "codegen/tokenizer/form_table.h"
#include "codegen/tokenizer/section_bytes.h"
#include "codegen/tokenizer/stage_names.h"
#include "runtime/formats/normalizer_bin.h"

namespace codegen::tokenizer {
namespace {

using ir::Result;
using runtime::formats::kMapSelf;
using runtime::formats::NormalizerKind;

CodePointSet points(std::initializer_list<CodePointSet::Range> ranges) {
  CodePointSet set;
  for (const CodePointSet::Range& range : ranges)
    set = set.united(CodePointSet::range(range.first, range.last));
  return set;
}

// What BERT's normalizer takes for Chinese (its ranges, a slip in the last but two included).
CodePointSet ideographs() {
  return points({{0x4e00, 0x9fff},
                 {0x3400, 0x4dbf},
                 {0x20000, 0x2a6df},
                 {0x2a700, 0x2b73f},
                 {0x2b740, 0x2b81f},
                 {0x2b920, 0x2ceaf},
                 {0xf900, 0xfaff},
                 {0x2f800, 0x2fa1f}});
}

CharacterRules nmt_rules() {
  CharacterRules rules;
  rules.add(
      points({{0x01, 0x08}, {0x0b, 0x0b}, {0x0e, 0x1f}, {0x7f, 0x7f}, {0x8f, 0x8f}, {0x9f, 0x9f}}),
      "");
  rules.add(points({{0x09, 0x0a},
                    {0x0c, 0x0d},
                    {0x1680, 0x1680},
                    {0x200b, 0x200f},
                    {0x2028, 0x2029},
                    {0x2581, 0x2581},
                    {0xfeff, 0xfeff},
                    {0xfffd, 0xfffd}}),
            " ");
  return rules;
}

// Writes steps one after another.
class StepWriter {
 public:
  explicit StepWriter(const ir::TokenizerDescription& description) : description_(description) {}

  Result<void> add(const ir::PrependText& prepend) {
    return unsupported(description_, name_of(prepend));
  }
  Result<void> add(const ir::ReplaceText& replace) {
    if (replace.from.empty()) return unsupported(description_, name_of(ir::Normalizer(replace)));
    CharacterRules rules;
    rules.add(replace.from, replace.to);
    return put(rules);
  }
  Result<void> add(const ir::CharacterMap& map) {
    std::uint32_t trie_bytes = 0;
    std::string_view rest = map.bytes;
    if (rest.size() >= sizeof(trie_bytes))
      std::memcpy(&trie_bytes, rest.data(), sizeof(trie_bytes));
    rest.remove_prefix(std::min(rest.size(), sizeof(trie_bytes)));
    if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > rest.size())
      return unsupported(description_, "a damaged character map");
    SectionBytes table;
    table.add_one(trie_bytes / 4);
    table.add_one(static_cast<std::uint32_t>(rest.size() - trie_bytes));
    table.add_text(rest.substr(0, trie_bytes));
    table.add_text(rest.substr(trie_bytes));
    return put(NormalizerKind::trie, table.take());
  }
  Result<void> add(const ir::Lowercase&) {
    CharacterRules rules;
    rules.add_lowercase();
    return put(rules);
  }
  Result<void> add(const ir::StripAccents&) {
    CharacterRules rules;
    rules.add(*CodePointSet::property("Mn"), "");
    return put(rules);
  }
  Result<void> add(const ir::NmtText&) { return put(nmt_rules()); }
  Result<void> add(const ir::UnicodeForm& form) {
    return put(NormalizerKind::form, form_table(form));
  }
  Result<void> add(const ir::StripSpace& strip) {
    SectionBytes table;
    table.add_one((strip.left ? 1U : 0U) | (strip.right ? 2U : 0U));
    return put(NormalizerKind::strip, table.take());
  }
  Result<void> add(const ir::BertText& bert) {
    CharacterRules cleaning;
    if (bert.clean) {
      cleaning.add(
          CodePointSet::white_space().intersected(points({{0x0b, 0x0c}, {0x85, 0x85}}).negated()),
          " ");
      cleaning.add(CodePointSet::property("C")->united(points({{0xfffd, 0xfffd}})), "");
    }
    if (bert.pad_chinese) cleaning.add(ideographs(), {' ', kMapSelf, ' '});
    TRY_DO(put(cleaning));
    if (bert.strip_accents) TRY_DO(add(ir::UnicodeForm::nfd));
    CharacterRules folding;
    if (bert.strip_accents) folding.add(*CodePointSet::property("Mn"), "");
    if (bert.lowercase) folding.add_lowercase();
    return put(folding);
  }
  Result<void> add(const ir::ReplacePattern& replace) {
    std::string why;
    const std::optional<Pattern> pattern = parse_pattern(replace.pattern, why);
    std::optional<Automaton> automaton;
    std::optional<CharacterClasses> classes;
    if (pattern) classes = classes_of(std::span(&*pattern, 1));
    if (classes) automaton = automaton_of(*pattern, *classes, why);
    if (!automaton)
      return unsupported(description_, fmt::format("{}, with {}", name_of(replace), why));
    SectionBytes table;
    table.add_one(static_cast<std::uint32_t>(replace.to.size()));
    table.add_text(replace.to);
    const CutStage stage{.automaton = *std::move(automaton)};
    table.add(std::span<const std::byte>(pre_tokenizer_section(*classes, std::span(&stage, 1))));
    return put(NormalizerKind::replace, table.take());
  }

  std::vector<std::byte> take() { return section_.take(); }

 private:
  Result<void> put(const CharacterRules& rules) {
    if (rules.empty()) return {};
    return put(NormalizerKind::map, rules.table());
  }
  Result<void> put(NormalizerKind kind, const std::vector<std::byte>& table) {
    section_.add_one(
        runtime::formats::NormalizerStep{kind, static_cast<std::uint32_t>(table.size())});
    section_.add(std::span(table));
    return {};
  }

  const ir::TokenizerDescription& description_;
  SectionBytes section_;
};

}  // namespace

Result<std::vector<std::byte>> normalizer_section(const ir::TokenizerDescription& description,
                                                  const TextForm& form) {
  StepWriter writer(description);
  for (const ir::Normalizer& normalizer : form.normalizers)
    TRY_DO(std::visit([&](const auto& n) { return writer.add(n); }, normalizer));
  return writer.take();
}

}  // namespace codegen::tokenizer
