// SPDX-License-Identifier: Apache-2.0
#include "frontends/tool_format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace frontends {
namespace {

bool belongs_to(const nlohmann::json& parts, const ChatTemplates& templates) {
  return std::any_of(templates.begin(), templates.end(), [&](const auto& named) {
    return std::all_of(parts.begin(), parts.end(), [&](const nlohmann::json& part) {
      return named.second.find(part.get_ref<const std::string&>()) != std::string::npos;
    });
  });
}

}  // namespace

std::optional<std::string> find_tool_format(const ChatTemplates& templates) {
  for (const std::string_view file : tool_format_files()) {
    const auto json = nlohmann::json::parse(file);
    if (belongs_to(json.at("template_contains"), templates)) return json.at("format").dump();
  }
  return std::nullopt;
}

}  // namespace frontends
