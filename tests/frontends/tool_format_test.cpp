// SPDX-License-Identifier: Apache-2.0
#include "frontends/tool_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace {

using frontends::find_tool_format;
using frontends::tool_format_files;
using nlohmann::json;

TEST(ToolFormat, EveryFileIsComplete) {
  ASSERT_FALSE(tool_format_files().empty());
  std::set<std::string> families;
  for (const std::string_view file : tool_format_files()) {
    const json format = json::parse(file, nullptr, false);
    ASSERT_TRUE(format.is_object()) << file;
    EXPECT_TRUE(families.insert(format.at("family")).second) << file;
    EXPECT_FALSE(format.at("reason").get<std::string>().empty()) << file;
    EXPECT_FALSE(format.at("template_contains").empty()) << file;
    for (const json& calls : format.at("format").value("calls", json::array()))
      EXPECT_NE(calls.at("call").get<std::string>().find("$name"), std::string::npos) << file;
  }
}

TEST(ToolFormat, IsFoundByWhatTheTemplatesContain) {
  EXPECT_EQ(find_tool_format({}), std::nullopt);
  EXPECT_EQ(find_tool_format({{"default", "{{ messages }}"}}), std::nullopt);
  const auto found =
      find_tool_format({{"default", "{{ messages }}"}, {"tool_use", "List: <|tool_list_start|>"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(json::parse(*found).at("calls").at(0).at("values"), "python");
}

}  // namespace
