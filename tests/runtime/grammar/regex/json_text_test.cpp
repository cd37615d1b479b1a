// SPDX-License-Identifier: Apache-2.0
// Spellings of JSON strings, against a decoder of JSON strings.
#include "runtime/grammar/regex/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "runtime/grammar/regex/code_points.h"
#include "runtime/host/utf8.h"
#include "tests/runtime/grammar/regex/naive_regex.h"

namespace runtime::grammar::regex {
namespace {

class JsonText : public testing::Test {
 protected:
  Fuel fuel_;
  Expressions e_{fuel_};
  std::mt19937 random_{7};

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  char32_t any_character() {
    const char32_t some[] = {'a',    '"',     '\\',    '/',      '\n',   '\t',   1,
                             0x7f,   0xe9,    0x7ff,   0x800,    0x20ac, 0xd7ff, 0xe000,
                             0xffff, 0x10000, 0x1f600, 0x10ffff, 0};
    return some[below(std::size(some))];
  }

  std::string hex(char32_t unit) {
    std::string text = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
      text += (below(2) == 0 ? "0123456789abcdef" : "0123456789ABCDEF")[unit >> shift & 15];
    return text;
  }

  // One of the spellings of a character.
  std::string spell(char32_t c) {
    if (c >= 0x20 && c != '"' && c != '\\' && below(2) == 0) {
      std::string raw;
      host::append_utf8(c, raw);
      return raw;
    }
    const std::string_view letters = "\"\\/bfnrt";
    const std::string_view meant = "\"\\/\b\f\n\r\t";
    const std::size_t at = c < 0x80 ? meant.find(static_cast<char>(c)) : std::string_view::npos;
    if (at != std::string_view::npos && below(2) == 0) return {'\\', letters[at]};
    if (c < 0x10000) return hex(c);
    return hex(0xd800 + ((c - 0x10000) >> 10)) + hex(0xdc00 + (c & 0x3ff));
  }
};

TEST_F(JsonText, EverySpellingOfAText) {
  for (int round = 0; round < 300; ++round) {
    std::string decoded;
    std::string spelling = "\"";
    const unsigned length = below(4);
    for (unsigned i = 0; i < length; ++i) {
      const char32_t c = any_character();
      host::append_utf8(c, decoded);
      spelling += spell(c);
    }
    spelling += '"';
    ASSERT_EQ(nlohmann::json::parse(spelling).get<std::string>(), decoded);
    EXPECT_TRUE(matches(e_, exactly(e_, decoded), spelling)) << spelling;
    EXPECT_TRUE(matches(e_, any_string(e_), spelling)) << spelling;
    EXPECT_FALSE(matches(e_, strings_except(e_, exactly(e_, decoded)), spelling)) << spelling;
    EXPECT_FALSE(matches(e_, exactly(e_, decoded + "b"), spelling)) << spelling;
    EXPECT_TRUE(matches(e_, strings_except(e_, exactly(e_, decoded + "b")), spelling)) << spelling;
    EXPECT_TRUE(matches(e_, string_of(e_, length, length), spelling)) << spelling;
    EXPECT_FALSE(matches(e_, string_of(e_, length + 1, kUnbounded), spelling)) << spelling;
  }
}

// Short texts over the bytes that matter: a string for us if and only if one for the decoder. (It
// takes U+D800 and the like for an error, as we do.)
TEST_F(JsonText, StringsAreTheDecodersStrings) {
  const Regex strings = any_string(e_);
  const std::string_view bytes("\"\\u0dDc8a\n\xc2\xa0\xed\xe0/", 15);
  for (int round = 0; round < 200'000; ++round) {
    std::string text = "\"";
    for (unsigned i = below(13); i > 0; --i) {
      text += bytes[below(15)];
      if (below(8) == 0) text += "\\ud8";
      if (below(8) == 0) text += "\\udc";
    }
    text += '"';
    ASSERT_EQ(matches(e_, strings, text), nlohmann::json::accept(text)) << text;
  }
}

TEST_F(JsonText, NumbersAndScalarsAreTheDecoders) {
  const Regex numbers = any_number(e_);
  const Regex scalars = any_scalar(e_);
  for (const std::string& text : all_texts("-+.0e1E", 5)) {
    const bool is_number = nlohmann::json::accept(text, false);
    ASSERT_EQ(matches(e_, numbers, text), is_number) << text;
    ASSERT_EQ(matches(e_, scalars, text), is_number) << text;
  }
  for (const char* const text : {"null", "true", "false", "\"\"", "\"x\""})
    EXPECT_TRUE(matches(e_, scalars, text)) << text;
  for (const char* const text : {"", "nul", "[]", "{}", "\"", "True"})
    EXPECT_FALSE(matches(e_, scalars, text)) << text;
}

TEST_F(JsonText, EnumerationsInAllSpellings) {
  std::vector<std::string> texts = {"", "a", "ab", "abc/d", "é", "éa", "a\"", "ab\\"};
  for (int i = 0; i < 300; ++i) texts.push_back("name-" + std::to_string(i * i));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const Regex any = any_of(e_, views);
  for (const std::string& text : texts) {
    std::string spelling = "\"";
    for (std::string_view rest = text; !rest.empty();) {
      const host::Utf8Character next = host::decode_utf8(rest);
      spelling += spell(next.code_point);
      rest.remove_prefix(next.bytes);
    }
    EXPECT_TRUE(matches(e_, any, spelling + '"')) << spelling;
    EXPECT_FALSE(matches(e_, any, spelling + "!\"")) << spelling;
    EXPECT_TRUE(e_.includes(any, exactly(e_, text)));
  }
  EXPECT_TRUE(e_.includes(any_string(e_), any));
  EXPECT_TRUE(e_.disjoint(any, exactly(e_, "name-2")));
}

TEST_F(JsonText, LongCountsAreCheap) {
  fuel_.refill(20'000);
  const Regex string = string_of(e_, 500, 1'000'000);
  EXPECT_FALSE(e_.is_nothing(e_.both(string, any_string(e_))));
  const std::string text = "\"" + std::string(499, 'x');
  EXPECT_FALSE(matches(e_, string, text + "\""));
  EXPECT_TRUE(matches(e_, string, text + "x\""));
  EXPECT_FALSE(fuel_.exhausted());
}

TEST_F(JsonText, SetsOfCharactersInBothSpellings) {
  for (int round = 0; round < 60; ++round) {
    CodePoints set;
    for (unsigned i = below(4); i > 0; --i) {
      const char32_t first = any_character();
      set.insert(first, first + below(3) * below(5000));
    }
    const Regex utf8 = spelled(e_, set, Text::utf8);
    const Regex json = spelled(e_, set, Text::json_string);
    for (int i = 0; i < 60; ++i) {
      char32_t c = any_character() + below(3);
      if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 'z';
      std::string raw;
      host::append_utf8(c, raw);
      EXPECT_EQ(matches(e_, utf8, raw), set.contains(c));
      EXPECT_EQ(matches(e_, json, spell(c)), set.contains(c));
      EXPECT_NE((~set).contains(c), set.contains(c));
    }
  }
}

}  // namespace
}  // namespace runtime::grammar::regex
