// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/tags/structural_tags.h"

#include <gtest/gtest.h>

#include <string_view>

#include "runtime/grammar/recognizer.h"

namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using runtime::grammar::tags::add_structural_tags;

constexpr std::string_view kTags = R"({"type": "structural_tag", "triggers": ["<f="],
  "structures": [{"begin": "<f=a>", "schema": {"type": "integer"}, "end": "</f>"},
                 {"begin": "<f=b>", "schema": {"type": "boolean"}, "end": "</f>"}]})";

bool accepts(std::string_view text) {
  Grammar grammar;
  const auto start = add_structural_tags(grammar, kTags, {}, {});
  EXPECT_TRUE(start) << start.refusal().message;
  grammar.set_start(*start);
  Recognizer recognizer(grammar);
  return recognizer.advance(text) && recognizer.is_complete();
}

TEST(StructuralTags, FreeTextUntilATrigger) {
  EXPECT_TRUE(accepts(""));
  EXPECT_TRUE(accepts("text <f <f"));
  EXPECT_TRUE(accepts("one <f=a>12</f> two <f=b>true</f><f=a>3</f> end"));
  EXPECT_FALSE(accepts("<f=c"));
  EXPECT_FALSE(accepts("<f=a>x"));
  EXPECT_FALSE(accepts("<f=b>1"));
  EXPECT_FALSE(accepts("<f=a>1"));
}

TEST(StructuralTags, RefusesWhatCannotBe) {
  Grammar grammar;
  const auto no_trigger = add_structural_tags(
      grammar, R"({"triggers": ["<x"], "structures": [{"begin": "<f", "end": "</f"}]})", {}, {});
  ASSERT_FALSE(no_trigger);
  EXPECT_STREQ(no_trigger.refusal().where, "#/structures/0/begin");
  EXPECT_FALSE(add_structural_tags(grammar, R"({"triggers": []})", {}, {}));
}

}  // namespace
