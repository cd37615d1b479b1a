// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/stage_names.h"

#include <fmt/format.h>

#include "ir/support/match.h"

namespace codegen::tokenizer {

std::string name_of(const ir::Normalizer& normalizer) {
  const std::string name = ir::match(
      normalizer, [](const ir::PrependText& n) { return fmt::format("Prepend \"{}\"", n.text); },
      [](const ir::ReplaceText& n) {
        return fmt::format("Replace \"{}\" by \"{}\"", n.from, n.to);
      },
      [](const ir::ReplacePattern& n) {
        return fmt::format("Replace \"{}\" by \"{}\"", n.pattern, n.to);
      },
      [](const ir::UnicodeForm& form) {
        constexpr std::string_view kNames[] = {"NFC", "NFD", "NFKC", "NFKD"};
        return std::string(kNames[static_cast<std::size_t>(form)]);
      },
      [](const ir::Lowercase&) { return std::string("Lowercase"); },
      [](const ir::StripAccents&) { return std::string("StripAccents"); },
      [](const ir::StripSpace&) { return std::string("Strip"); },
      [](const ir::CharacterMap&) { return std::string("Precompiled"); },
      [](const ir::NmtText&) { return std::string("Nmt"); },
      [](const ir::BertText&) { return std::string("BertNormalizer"); });
  return "the normalizer " + name;
}

std::string name_of(const ir::PreTokenizer& stage) {
  const std::string name = ir::match(
      stage, [](const ir::Metaspace&) { return std::string("Metaspace"); },
      [](const ir::ByteLevel&) { return std::string("ByteLevel"); },
      [](const ir::SplitPattern& split) { return fmt::format("Split \"{}\"", split.pattern); });
  return "the pre-tokenizer " + name;
}

std::string name_of(const ir::TokenDecoder& decoder) {
  const std::string name = ir::match(
      decoder,
      [](const ir::ReplaceText& d) {
        return fmt::format("Replace \"{}\" by \"{}\"", d.from, d.to);
      },
      [](const ir::ByteFallback&) { return std::string("ByteFallback"); },
      [](const ir::Fuse&) { return std::string("Fuse"); },
      [](const ir::Strip& d) { return fmt::format("Strip \"{}\" {} {}", d.text, d.start, d.stop); },
      [](const ir::ByteLevel&) { return std::string("ByteLevel"); },
      [](const ir::Metaspace&) { return std::string("Metaspace"); },
      [](const ir::WordDecoder&) { return std::string("WordPiece"); });
  return "the decoder " + name;
}

}  // namespace codegen::tokenizer
