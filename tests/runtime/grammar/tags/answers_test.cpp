// SPDX-License-Identifier: Apache-2.0
// The constraint of tool formats, and that it agrees with the parser: whatever answer it accepts,
// the parser takes apart as it was meant, with arguments that the schema allows.
#include "runtime/grammar/tags/answers.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/grammar/recognizer.h"
#include "runtime/host/answer_parser.h"

namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using runtime::host::AnswerBranch;
using runtime::host::AnswerEvent;
using runtime::host::AnswerParser;
using runtime::host::AnswerState;
using runtime::host::AnswerTable;
using runtime::host::AnswerTool;
using runtime::host::Spelling;
namespace tags = runtime::grammar::tags;
using Text = AnswerState::Text;

constexpr std::string_view kTools = R"([
  {"type": "function", "function": {"name": "f", "parameters": {"type": "object",
     "properties": {"a": {"type": "string", "maxLength": 4}, "n": {"type": "integer"},
                    "u": {"enum": ["x\ny", "z"]}},
     "required": ["a"], "additionalProperties": false}}},
  {"type": "function", "function": {"name": "gh", "parameters": {"type": "object",
     "properties": {"v": {"type": ["string", "boolean"]}}, "additionalProperties": false}}}])";

const std::vector<AnswerTool> kParserTools = {{"f",
                                               {{"a", AnswerTool::Value::string},
                                                {"n", AnswerTool::Value::json},
                                                {"u", AnswerTool::Value::string}}},
                                              {"gh", {{"v", AnswerTool::Value::json}}}};

AnswerBranch branch(std::string_view marker, std::uint8_t next, unsigned flags = 0) {
  return {marker, next, static_cast<std::uint8_t>(flags)};
}

// <think>…</think> and <call>{"name": "…", "arguments": {…}}</call>
AnswerTable json_table() {
  AnswerTable table;
  table.states = {
      {.text = Text::none, .may_end = true, .branches = {branch("<think>", 2), branch("", 1)}},
      {.text = Text::content,
       .may_end = true,
       .branches = {branch("<call>", 3, AnswerBranch::kOpensCalls)}},
      {.text = Text::reasoning, .branches = {branch("\2\n\2</think>\2\n\n\2", 1)}},
      {.text = Text::none, .branches = {branch("\1\n\1{\1\1\"name\"\1\1:\1 \1\"", 4)}},
      {.text = Text::name, .branches = {branch("\"\1\1,\1 \1\"arguments\"\1\1:\1 \1", 5)}},
      {.text = Text::arguments,
       .branches = {branch("\1\1}\1\n\1</call>", 6, AnswerBranch::kEndsCall)}},
      {.text = Text::none,
       .may_end = true,
       .branches = {
           branch("\1\n\1<call>\1\n\1{\1\1\"name\"\1\1:\1 \1\"", 4, AnswerBranch::kNextCall),
           branch("", 1, AnswerBranch::kLoose)}}};
  table.reasoning = 2;
  table.content = 1;
  return table;
}

// <f=…><p=…>…</p></f>: raw strings, one argument at a time.
AnswerTable raw_table() {
  AnswerTable table;
  table.states = {{.text = Text::content,
                   .may_end = true,
                   .branches = {branch("<f=", 1, AnswerBranch::kOpensCalls)}},
                  {.text = Text::name, .branches = {branch(">\1\n\1", 2)}},
                  {.text = Text::none,
                   .branches = {branch("</f>", 5, AnswerBranch::kEndsCall), branch("<p=", 3)}},
                  {.text = Text::key, .branches = {branch(">\2\n\2", 4)}},
                  {.text = Text::raw, .branches = {branch("\2\n\2</p>\1\n\1", 2)}},
                  {.text = Text::none,
                   .may_end = true,
                   .branches = {branch("<f=", 1, AnswerBranch::kNextCall),
                                branch("", 0, AnswerBranch::kLoose)}}};
  return table;
}

// [f(a="…", n=1)] at the start of an answer.
AnswerTable python_table() {
  AnswerTable table;
  table.states = {
      {.text = Text::none,
       .may_end = true,
       .branches = {branch("[", 2, AnswerBranch::kOpensCalls), branch("", 1)}},
      {.text = Text::content, .may_end = true},
      {.text = Text::name, .branches = {branch("(", 3)}},
      {.text = Text::none, .branches = {branch(")", 6, AnswerBranch::kEndsCall), branch("", 4)}},
      {.text = Text::key, .branches = {branch("=", 5)}},
      {.text = Text::value,
       .spelling = Spelling::python,
       .branches = {branch(")", 6, AnswerBranch::kEndsCall), branch(",\1 \1", 4)}},
      {.text = Text::none,
       .branches = {branch(",\1 \1", 2, AnswerBranch::kNextCall), branch("]", 7)}},
      {.text = Text::none, .may_end = true}};
  table.start = 0;
  table.content = 1;
  return table;
}

// call:f{a:<|"|>…<|"|>,n:1}
AnswerTable quoted_table() {
  AnswerTable table;
  table.states = {
      {.text = Text::content,
       .may_end = true,
       .branches = {branch("call:", 1, AnswerBranch::kOpensCalls)}},
      {.text = Text::name, .branches = {branch("", 2)}},
      {.text = Text::arguments,
       .spelling = Spelling::quoted,
       .branches = {branch(";", 3, AnswerBranch::kEndsCall)}},
      {.text = Text::none, .may_end = true, .branches = {branch("", 0, AnswerBranch::kLoose)}}};
  table.quote = "<|\"|>";
  return table;
}

class Answers {
 public:
  explicit Answers(const AnswerTable& table, tags::AnswerOptions options = {}) {
    const auto list = runtime::grammar::json::parse(grammar_.arena(), kTools);
    runtime::grammar::schema::Layout layout;
    if (!table.quote.empty()) layout.whitespace = runtime::grammar::schema::Whitespace::compact;
    auto tools = tags::Tools::add(grammar_, **list, {}, layout);
    EXPECT_TRUE(tools) << tools.refusal().message;
    const auto start = tags::add_answers(grammar_, table, *std::move(tools), options);
    EXPECT_TRUE(start) << start.refusal().message;
    grammar_.set_start(*start);
  }

  // How many bytes can be read; one more where the whole text is an answer.
  std::size_t reads(std::string_view text) {
    Recognizer recognizer(grammar_);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (!recognizer.advance(static_cast<std::uint8_t>(text[i]))) return i;
    return text.size() + (recognizer.is_complete() ? 1 : 0);
  }
  bool accepts(std::string_view text) { return reads(text) == text.size() + 1; }
  Grammar& grammar() { return grammar_; }

 private:
  Grammar grammar_;
};

TEST(Answers, CallsAreHeldToNamesAndSchemas) {
  Answers answers(json_table());
  EXPECT_TRUE(answers.accepts(""));
  EXPECT_TRUE(answers.accepts("Just text, with < and <cal."));
  EXPECT_TRUE(answers.accepts("<think>\nHm <call>.\n</think>\n\nYes."));
  const std::string call =
      "<call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"ü\", \"n\": 3}}\n</call>";
  EXPECT_TRUE(answers.accepts(call));
  EXPECT_TRUE(answers.accepts("Well: " + call + "\n" + call));
  EXPECT_FALSE(answers.accepts(call + " and more"));
  const auto fails_at = [&](std::string_view text) { return text.substr(answers.reads(text)); };
  EXPECT_EQ(fails_at("<call>\n{\"name\": \"x"), "x");
  EXPECT_EQ(fails_at("<call>x"), "x");
  EXPECT_EQ(fails_at("<call>\n{\"name\": \"f\", \"arguments\": {\"b"), "b");
  EXPECT_EQ(fails_at("<call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"12345"), "5");
  EXPECT_EQ(fails_at("<call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"1\"}}\n</calm"), "m");
}

TEST(Answers, ChoiceOfTools) {
  const std::string f = "<call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"1\"}}\n</call>";
  const std::string g = "<call>\n{\"name\": \"gh\", \"arguments\": {}}\n</call>";
  Answers none(json_table(), {.choice = tags::ToolChoice::none});
  EXPECT_TRUE(none.accepts("text"));
  EXPECT_EQ(none.reads(f), std::string("<call").size());
  Answers required(json_table(), {.choice = tags::ToolChoice::required});
  EXPECT_FALSE(required.accepts(""));
  EXPECT_EQ(required.reads("text"), 0U);
  EXPECT_TRUE(required.accepts(f));
  EXPECT_TRUE(required.accepts("<think>so</think>" + g));
  Answers named(json_table(), {.choice = tags::ToolChoice::required, .tool = "gh"});
  EXPECT_TRUE(named.accepts(g));
  EXPECT_FALSE(named.accepts(f));
  Answers one(json_table(), {.parallel = false});
  EXPECT_TRUE(one.accepts(f));
  EXPECT_EQ(one.reads(f + "\n" + g), f.size());
  Answers thinking(json_table(), {.reasoning_open = true});
  EXPECT_TRUE(thinking.accepts("so</think>" + g));
  EXPECT_FALSE(thinking.accepts("so"));
}

TEST(Answers, RawArguments) {
  Answers answers(raw_table());
  EXPECT_TRUE(answers.accepts("<f=f>\n<p=a>\na\"<b\n</p>\n<p=n>\n12\n</p>\n</f>"));
  EXPECT_TRUE(answers.accepts("<f=f>\n<p=a>\n\n</p>\n<p=u>\nx\ny\n</p>\n</f>"));
  EXPECT_TRUE(answers.accepts("<f=gh>\n<p=v>\ntrue\n</p>\n</f>"));
  EXPECT_TRUE(answers.accepts("<f=gh>\n<p=v>\nword\n</p>\n</f><f=gh>\n</f>"));
  EXPECT_FALSE(answers.accepts("<f=f>\n<p=a>\n12345\n</p>\n</f>"));
  EXPECT_FALSE(answers.accepts("<f=f>\n</f>"));                                 // a is required
  EXPECT_FALSE(answers.accepts("<f=f>\n<p=n>\n1\n</p>\n<p=a>\n\n</p>\n</f>"));  // in order
  EXPECT_FALSE(answers.accepts("<f=f>\n<p=a>\n\n</p>\n<p=n>\nx\n</p>\n</f>"));
  EXPECT_FALSE(answers.accepts("<f=f>\n<p=a>\n\n</p>\n<p=u>\nx\n</p>\n</f>"));
}

TEST(Answers, PythonCalls) {
  Answers answers(python_table());
  EXPECT_TRUE(answers.accepts("[f(a=\"x\", n=-3), gh(v=True)]"));
  EXPECT_TRUE(answers.accepts("[gh()]"));
  EXPECT_TRUE(answers.accepts("no call [f(a=1)]"));
  EXPECT_FALSE(answers.accepts("[f(n=1)]"));
  EXPECT_FALSE(answers.accepts("[f(a=\"x\"]"));
  EXPECT_FALSE(answers.accepts("[f(a=\"x\")"));
}

TEST(Answers, QuotedValues) {
  Answers answers(quoted_table());
  EXPECT_TRUE(answers.accepts("call:f{a:<|\"|>ü\"<|\"|>,n:12,u:<|\"|>x\ny<|\"|>};"));
  EXPECT_TRUE(answers.accepts("call:gh{};"));
  EXPECT_TRUE(answers.accepts("call:gh{v:true};"));
  EXPECT_FALSE(answers.accepts("call:f{a:<|\"|>12345<|\"|>};"));
  EXPECT_FALSE(answers.accepts("call:f{n:1};"));
  EXPECT_FALSE(answers.accepts("call:f{\"a\":<|\"|>1<|\"|>};"));
  EXPECT_FALSE(answers.accepts("call:f{a:\"1\"};"));
}

struct Said {
  std::string text;
  std::vector<std::pair<std::string, std::string>> calls;
  bool cut_short = false;
};

Said parse(const AnswerTable& table, std::string_view text) {
  AnswerParser parser(table, kParserTools, false);
  std::vector<AnswerEvent> events;
  parser.push(text, events);
  parser.flush(events);
  Said said;
  for (const AnswerEvent& event : events) {
    using Kind = AnswerEvent::Kind;
    if (event.kind == Kind::content || event.kind == Kind::reasoning) said.text += event.text;
    if (event.kind == Kind::call) said.calls.push_back({event.text, ""});
    if (event.kind == Kind::arguments) said.calls.back().second += event.text;
    if (event.kind == Kind::call_cut_short) said.cut_short = true;
  }
  return said;
}

// A text that the constraint allows, byte by byte at random; bytes that markers begin with, and
// what leads to an end, more often.
std::string random_answer(Grammar& grammar, std::mt19937& random) {
  static constexpr std::string_view kLikely = "<>/callthinkf=p|;\n\"{}()[], :avgu1xyzrueTF&;n";
  Recognizer recognizer(grammar);
  for (int step = 0; step < 160; ++step) {
    if (recognizer.is_complete() && random() % 24 == 0) break;
    for (int attempt = 0; attempt < 400; ++attempt) {
      const auto byte = random() % 8 == 0
                            ? static_cast<std::uint8_t>(random())
                            : static_cast<std::uint8_t>(kLikely[random() % kLikely.size()]);
      if (recognizer.advance(byte)) break;
    }
  }
  return recognizer.is_complete() ? std::string(recognizer.text()) : "";
}

TEST(Answers, WhatIsAcceptedIsParsedAsItWasMeant) {
  std::mt19937 random(7);
  std::size_t calls = 0;
  for (const AnswerTable& table : {json_table(), raw_table(), python_table(), quoted_table()}) {
    Answers free(table);
    Answers required(table, {.choice = tags::ToolChoice::required});
    Grammar schemas;
    for (int round = 0; round < 400; ++round) {
      Grammar& grammar = round % 4 == 0 ? free.grammar() : required.grammar();
      const std::string text = random_answer(grammar, random);
      if (text.empty()) continue;
      const Said said = parse(table, text);
      EXPECT_FALSE(said.cut_short) << text;
      EXPECT_TRUE(round % 4 == 0 || !said.calls.empty()) << text;
      for (const auto& [name, arguments] : said.calls) {
        ++calls;
        const auto value = runtime::grammar::json::parse(grammar.arena(), arguments);
        ASSERT_TRUE(value) << text << "\n" << arguments;
        EXPECT_TRUE(name == "f" || name == "gh") << text;
        EXPECT_TRUE(name != "f" || (*value)->find("a") != nullptr) << text << "\n" << arguments;
      }
    }
  }
  EXPECT_GT(calls, 300U);
}

}  // namespace
