// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/json_stages.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "frontends/tokenizer/base64.h"
#include "frontends/tokenizer/json_components.h"

namespace frontends {
namespace {

using ir::Result;
using nlohmann::json;

Result<bool> flag(const JsonObject& object, std::string_view key, bool otherwise) {
  TRY(const std::optional<bool> value, object.boolean(key));
  return value.value_or(otherwise);
}

// {"String": " "}, {"Regex": "..."} or, in old files, a string.
struct TextPattern {
  std::string text;
  bool literal = true;
};
Result<TextPattern> read_pattern(const JsonObject& object) {
  const json* value = object.find("pattern");
  if (value != nullptr && value->is_string()) return TextPattern{value->get<std::string>()};
  TRY(const std::optional<JsonObject> pattern, object.object("pattern"));
  if (!pattern) return object.wrong("pattern", "an object with String or Regex");
  const bool literal = pattern->has("String");
  TRY(std::string text, pattern->required_string(literal ? "String" : "Regex"));
  return TextPattern{std::move(text), literal};
}

Result<ir::Metaspace> read_metaspace(const JsonObject& object) {
  ir::Metaspace metaspace;
  TRY(metaspace.mark, object.required_string("replacement"));
  TRY(metaspace.split, flag(object, "split", true));
  TRY(const bool add_prefix, flag(object, "add_prefix_space", true));
  TRY(const std::optional<std::string> scheme, object.string("prepend_scheme"));
  using Prepend = ir::Metaspace::Prepend;
  if (!scheme)
    metaspace.prepend = add_prefix ? Prepend::always : Prepend::never;
  else if (*scheme == "always")
    metaspace.prepend = Prepend::always;
  else if (*scheme == "first")
    metaspace.prepend = Prepend::first;
  else if (*scheme == "never")
    metaspace.prepend = Prepend::never;
  else
    return object.wrong("prepend_scheme", "\"always\", \"first\" or \"never\"");
  return metaspace;
}

Result<ir::ByteLevel> read_byte_level(const JsonObject& object) {
  ir::ByteLevel byte_level;
  TRY(byte_level.add_prefix_space, flag(object, "add_prefix_space", true));
  TRY(byte_level.use_regex, flag(object, "use_regex", true));
  return byte_level;
}

Result<ir::SplitPattern::Behavior> read_behavior(const JsonObject& object) {
  TRY(const std::string name, object.required_string("behavior"));
  constexpr std::string_view kNames[] = {"Isolated", "Removed", "MergedWithPrevious",
                                         "MergedWithNext", "Contiguous"};
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (name == kNames[i]) return static_cast<ir::SplitPattern::Behavior>(i);
  return unsupported_component(object, "behavior", "split behavior", name);
}

Result<ir::SplitPattern> read_split(const JsonObject& object) {
  ir::SplitPattern split;
  TRY(TextPattern pattern, read_pattern(object));
  split.pattern = std::move(pattern.text);
  split.literal = pattern.literal;
  TRY(split.invert, flag(object, "invert", false));
  TRY(split.behavior, read_behavior(object));
  return split;
}

Result<ir::Strip> read_strip(const JsonObject& object) {
  ir::Strip strip;
  constexpr IntegerRange kCounts = {0, 1 << 16};
  TRY(strip.text, object.required_string("content"));
  TRY(const std::int64_t start, object.required_integer("start", kCounts));
  TRY(const std::int64_t stop, object.required_integer("stop", kCounts));
  strip.start = static_cast<std::uint32_t>(start);
  strip.stop = static_cast<std::uint32_t>(stop);
  return strip;
}

Result<ir::BertText> read_bert_text(const JsonObject& object) {
  ir::BertText text;
  TRY(text.clean, flag(object, "clean_text", true));
  TRY(text.pad_chinese, flag(object, "handle_chinese_chars", true));
  TRY(text.lowercase, flag(object, "lowercase", true));
  TRY(text.strip_accents, flag(object, "strip_accents", text.lowercase));
  return text;
}

Result<ir::Normalizer> read_replacing(const JsonObject& object) {
  TRY(TextPattern pattern, read_pattern(object));
  TRY(std::string to, object.required_string("content"));
  if (pattern.literal) return ir::Normalizer(ir::ReplaceText{std::move(pattern.text), to});
  return ir::Normalizer(ir::ReplacePattern{std::move(pattern.text), to});
}

}  // namespace

Result<ir::Normalizer> read_normalizer(const JsonObject& object, const std::string& type) {
  constexpr std::string_view kForms[] = {"NFC", "NFD", "NFKC", "NFKD"};
  for (std::size_t i = 0; i < std::size(kForms); ++i)
    if (type == kForms[i]) return ir::Normalizer(static_cast<ir::UnicodeForm>(i));
  if (type == "Lowercase") return ir::Normalizer(ir::Lowercase{});
  if (type == "StripAccents") return ir::Normalizer(ir::StripAccents{});
  if (type == "Nmt") return ir::Normalizer(ir::NmtText{});
  if (type == "Replace") return read_replacing(object);
  if (type == "Prepend") {
    TRY(std::string text, object.required_string("prepend"));
    return ir::Normalizer(ir::PrependText{std::move(text)});
  }
  if (type == "Strip") {
    ir::StripSpace strip;
    TRY(strip.left, flag(object, "strip_left", true));
    TRY(strip.right, flag(object, "strip_right", true));
    return ir::Normalizer(strip);
  }
  if (type == "BertNormalizer") {
    TRY(const ir::BertText text, read_bert_text(object));
    return ir::Normalizer(text);
  }
  if (type == "Precompiled") {
    TRY(const std::string encoded, object.required_string("precompiled_charsmap"));
    std::optional<std::string> bytes = from_base64(encoded);
    if (!bytes) return object.wrong("precompiled_charsmap", "base64");
    return ir::Normalizer(ir::CharacterMap{*std::move(bytes)});
  }
  return unsupported_component(object, "type", "normalizer", type);
}

namespace {

using Behavior = ir::SplitPattern::Behavior;

// Pre-tokenizers that are patterns under another name.
constexpr std::string_view kSpace = R"(\s)";
constexpr std::string_view kPunctuation = R"([\p{P}!-/:-@\[-`{-~])";

ir::SplitPattern cut(std::string_view pattern, Behavior behavior) {
  return {.pattern = std::string(pattern), .behavior = behavior};
}

}  // namespace

Result<void> read_pre_tokenizer(const JsonObject& object, const std::string& type,
                                std::vector<ir::PreTokenizer>& out) {
  if (type == "Metaspace") {
    TRY(ir::Metaspace metaspace, read_metaspace(object));
    out.emplace_back(std::move(metaspace));
  } else if (type == "ByteLevel") {
    TRY(const ir::ByteLevel byte_level, read_byte_level(object));
    out.emplace_back(byte_level);
  } else if (type == "Digits") {
    TRY(const bool each, flag(object, "individual_digits", false));
    out.emplace_back(cut(R"(\p{N})", each ? Behavior::isolated : Behavior::contiguous));
  } else if (type == "Split") {
    TRY(ir::SplitPattern split, read_split(object));
    out.emplace_back(std::move(split));
  } else if (type == "Punctuation") {
    Behavior behavior = Behavior::isolated;
    if (object.has("behavior")) {
      TRY(behavior, read_behavior(object));
    }
    out.emplace_back(cut(kPunctuation, behavior));
  } else if (type == "WhitespaceSplit") {
    out.emplace_back(cut(kSpace, Behavior::removed));
  } else if (type == "Whitespace") {
    out.emplace_back(ir::SplitPattern{
        .pattern = R"(\w+|[^\w\s]+)", .behavior = Behavior::removed, .invert = true});
  } else if (type == "BertPreTokenizer") {
    out.emplace_back(cut(kSpace, Behavior::removed));
    out.emplace_back(cut(kPunctuation, Behavior::isolated));
  } else if (type == "CharDelimiterSplit") {
    TRY(std::string delimiter, object.required_string("delimiter"));
    out.emplace_back(ir::SplitPattern{
        .pattern = std::move(delimiter), .literal = true, .behavior = Behavior::removed});
  } else {
    return unsupported_component(object, "type", "pre_tokenizer", type);
  }
  return {};
}

Result<ir::TokenDecoder> read_decoder(const JsonObject& object, const std::string& type) {
  if (type == "Replace") {
    TRY(TextPattern pattern, read_pattern(object));
    if (!pattern.literal)
      return unsupported_component(object, "pattern", "decoder",
                                   "Replace with a regular expression");
    TRY(std::string to, object.required_string("content"));
    return ir::TokenDecoder(ir::ReplaceText{std::move(pattern.text), std::move(to)});
  }
  if (type == "ByteFallback") return ir::TokenDecoder(ir::ByteFallback{});
  if (type == "Fuse") return ir::TokenDecoder(ir::Fuse{});
  if (type == "Strip") {
    TRY(ir::Strip strip, read_strip(object));
    return ir::TokenDecoder(std::move(strip));
  }
  if (type == "ByteLevel") {
    TRY(const ir::ByteLevel byte_level, read_byte_level(object));
    return ir::TokenDecoder(byte_level);
  }
  if (type == "Metaspace") {
    TRY(ir::Metaspace metaspace, read_metaspace(object));
    return ir::TokenDecoder(std::move(metaspace));
  }
  if (type == "WordPiece") {
    ir::WordDecoder words;
    TRY(words.prefix, object.required_string("prefix"));
    TRY(words.cleanup, flag(object, "cleanup", true));
    return ir::TokenDecoder(std::move(words));
  }
  return unsupported_component(object, "type", "decoder", type);
}

}  // namespace frontends
