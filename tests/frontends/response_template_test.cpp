// SPDX-License-Identifier: Apache-2.0
#include "frontends/response_template.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ir/support/diagnostic.h"
#include "tests/support/temporary_folder.h"

namespace {

using nlohmann::json;

// The format that a folder with these fields states, or null.
json format_of(const json& fields, const json& more = json::object()) {
  const tests::TemporaryFolder folder;
  json stated = {{"start_anchor", "<|im_start|>assistant\n"}, {"fields", fields}};
  stated.update(more);
  folder.write("tokenizer_config.json", json{{"response_template", stated}}.dump());
  const auto read = frontends::read_response_template(folder.path());
  EXPECT_TRUE(read) << to_string(read.error());
  return read && *read ? json::parse(**read) : json();
}

json call_field(json field) {
  field.update({{"content", "json"}});
  return {{"tool_calls", field}};
}

TEST(ResponseTemplate, NamesReasoningAndCalls) {
  const json format =
      format_of({{"thinking", {{"open", "<think>"}, {"close", {"</think>", "<|im_end|>"}}}},
                 {"tool_calls",
                  {{"open", "<tool_call>"},
                   {"close", "</tool_call>"},
                   {"repeats", true},
                   {"content", "json"},
                   {"transform", {{"type", "function"}, {"function", "{content}"}}}}},
                 {"content", {{"close", "<|im_end|>"}}}});
  EXPECT_EQ(format.at("reasoning"), (json{{"open", "<think>\n"}, {"close", "\n</think>\n"}}));
  EXPECT_EQ(format.at("calls"),
            json::array(
                {{{"open", ""},
                  {"close", ""},
                  {"separator", "\n"},
                  {"call", R"(<tool_call>{"name": "$name", "arguments": $arguments}</tool_call>)"},
                  {"values", "json"}}}));
}

TEST(ResponseTemplate, ListsCallsInsideOneField) {
  const json format = format_of(call_field(
      {{"open", "<|START_ACTION|>"},
       {"close", "<|END_ACTION|>"},
       {"transform_each", true},
       {"transform", {{"function", {{"name", "{tool_name}"}, {"arguments", "{parameters}"}}}}}}));
  const json& calls = format.at("calls").at(0);
  EXPECT_EQ(calls.at("open"), "<|START_ACTION|>[");
  EXPECT_EQ(calls.at("close"), "]<|END_ACTION|>");
  EXPECT_EQ(calls.at("call"), R"({"tool_name": "$name", "parameters": $arguments})");
}

TEST(ResponseTemplate, TakesANameFromTheOpeningMark) {
  const json transform = {{"function", {{"name", "{name}"}, {"arguments", "{content}"}}}};
  const json format = format_of(call_field({{"open_pattern", R"(<\|call\|>\s*(?P<name>\w+)\n)"},
                                            {"close", "$end"},
                                            {"transform", transform}}));
  EXPECT_EQ(format.at("calls").at(0).at("call"), "<|call|>\n$name\n$arguments$$end");
  // Anything may stand between name and message: not a format that can be written.
  const json loose = call_field({{"open_pattern", R"(to=(?P<name>\w+).*?<\|message\|>)"},
                                 {"close", "<|call|>"},
                                 {"transform", transform}});
  EXPECT_EQ(format_of(loose), json());
}

TEST(ResponseTemplate, LeavesOutWhatItCannotSay) {
  EXPECT_EQ(format_of({{"content", {{"close", "<|im_end|>"}}}}), json());
  EXPECT_EQ(format_of({{"thinking", {{"open", "<think>"}}}}), json());
  EXPECT_EQ(format_of({{"thinking", {{"open", 3}, {"close", json::array()}}}}), json());
  EXPECT_EQ(format_of({{"tool_calls", {{"content", "xml-inline"}, {"open", "<tool_call>"}}}}),
            json());
  EXPECT_EQ(
      format_of({{"thinking", {{"open", "<think>"}, {"close", "</think>"}}}}, {{"version", 2}}),
      json());
}

TEST(ResponseTemplate, IsAbsentOrAnObject) {
  const tests::TemporaryFolder folder;
  const auto read = [&] { return frontends::read_response_template(folder.path()); };
  ASSERT_TRUE(read());
  EXPECT_EQ(*read(), std::nullopt);
  folder.write("tokenizer_config.json", "{}");
  ASSERT_TRUE(read());
  EXPECT_EQ(*read(), std::nullopt);
  for (const char* wrong : {R"("text")", R"({"fields": []})", R"({"fields": {"thinking": 1}})"}) {
    folder.write("tokenizer_config.json", R"({"response_template": )" + std::string(wrong) + "}");
    ASSERT_FALSE(read()) << wrong;
    EXPECT_EQ(read().error().kind, ir::DiagnosticKind::bad_config_value);
  }
}

}  // namespace
