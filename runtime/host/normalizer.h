// SPDX-License-Identifier: Apache-2.0
// Changes text before it is cut: the steps of runtime/formats/normalizer_bin.h, one after another,
// and then the spaces that the settings ask for.
//
//   "Ｈéllo "  through NFKC, lower case and strip  ->  "héllo"
//   "a▁b"      of Llama 2                          ->  " a b"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/host/character_map.h"
#include "runtime/host/pre_tokenizer.h"
#include "runtime/host/precompiled_map.h"
#include "runtime/host/unicode_form.h"

namespace runtime::host {

class Normalizer {
 public:
  // Memory that calls reuse.
  struct Scratch {
    std::string current;
    std::string next;
  };

  Normalizer() = default;  // changes nothing

  // Checks every table; nothing if one of them leads outside. The bytes must outlive it.
  static std::optional<Normalizer> open(std::span<const std::byte> section,
                                        const formats::TokenizerSettings& settings);

  // The changed text, in `scratch`; `text` itself if nothing changed.
  std::string_view apply(std::string_view text, Scratch& scratch) const;

 private:
  struct Replace {
    PreTokenizer pattern;  // of one stage
    std::string_view text;

    bool apply(std::string_view text, std::string& out) const;
  };
  struct Strip {
    bool left = false;
    bool right = false;

    bool apply(std::string_view text, std::string& out) const;
  };
  using Step = std::variant<CharacterMap, UnicodeForm, Replace, Strip, PrecompiledMap>;

  static std::optional<Step> open_step(formats::NormalizerKind kind, SectionReader reader);

  std::vector<Step> steps_;
  bool space_before_ = false;  // LeadingSpace::always
  bool space_marks_ = false;   // kTextSpaceMark
};

}  // namespace runtime::host
