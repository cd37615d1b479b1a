// SPDX-License-Identifier: Apache-2.0
#include "frontends/response_template.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "frontends/json_file.h"

namespace frontends {
namespace {

using nlohmann::json;

constexpr std::string_view kKey = "response_template";
constexpr std::array kReasoningFields = {"thinking", "reasoning_content", "reasoning"};

// "$" opens a hole of a format.
void append_literal(std::string& form, char sign) {
  form += sign == '$' ? "$$" : std::string{sign};
}

std::string literal(std::string_view text) {
  std::string form;
  for (const char sign : text) append_literal(form, sign);
  return form;
}

// The hole for a named group at `at`, `(?P<name>\w+)`, and the place behind it.
std::optional<std::string> hole(std::string_view pattern, std::size_t& at) {
  constexpr std::string_view kOpen = "(?P<";
  if (pattern.substr(at, kOpen.size()) != kOpen) return std::nullopt;
  const std::size_t name_end = pattern.find('>', at);
  const std::size_t end = pattern.find(')', at);
  if (name_end > end || end == pattern.npos) return std::nullopt;
  if (pattern.find('(', at + 1) < end) return std::nullopt;
  const std::string_view name = pattern.substr(at + kOpen.size(), name_end - at - kOpen.size());
  at = end + 1;
  return "$" + std::string(name);
}

// The text that a regular expression stands for, where all that may vary is white space and named
// groups; white space becomes one line break, which stands for any.
std::optional<std::string> form_of_pattern(std::string_view pattern) {
  constexpr std::string_view kSpecial = ".*+?[](){}|^$";
  std::string form;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '(') {
      const auto found = hole(pattern, at);
      if (!found) return std::nullopt;
      form += *found;
    } else if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      const char sign = pattern[at + 1];
      at += 2;
      if (sign == 's' || sign == 'n') {
        form += '\n';
        if (at < pattern.size() && (pattern[at] == '*' || pattern[at] == '+')) ++at;
      } else if (std::ispunct(static_cast<unsigned char>(sign)) != 0) {
        append_literal(form, sign);
      } else {
        return std::nullopt;
      }
    } else if (kSpecial.find(pattern[at]) != kSpecial.npos) {
      return std::nullopt;
    } else {
      append_literal(form, pattern[at++]);
    }
  }
  return form;
}

// A value of another type is left for transformers to complain about, and says nothing here.
bool is_text(const json& field, const char* key, std::string_view text, bool when_absent) {
  const auto value = field.find(key);
  return value == field.end() ? when_absent : *value == text;
}

bool is_set(const json& field, const char* key) {
  const auto value = field.find(key);
  return value != field.end() && *value == true;
}

// The mark that opens or closes a field; the first where there are several. Empty: there is none.
std::optional<std::string> mark(const json& field, const std::string& side) {
  if (const auto pattern = field.find(side + "_pattern"); pattern != field.end())
    return pattern->is_string() ? form_of_pattern(pattern->get_ref<const std::string&>())
                                : std::nullopt;
  const auto text = field.find(side);
  if (text == field.end()) return "";
  if (text->is_string()) return literal(text->get_ref<const std::string&>());
  if (text->is_array() && !text->empty() && text->front().is_string())
    return literal(text->front().get_ref<const std::string&>());
  return std::nullopt;
}

std::optional<json> reasoning(const json& fields) {
  for (const char* name : kReasoningFields) {
    const auto field = fields.find(name);
    if (field == fields.end() || !is_text(*field, "content", "text", true)) continue;
    const auto open = mark(*field, "open");
    const auto close = mark(*field, "close");
    if (!open || !close || open->empty() || close->empty()) return std::nullopt;
    // The text is stripped when it is read: a line break beside a mark belongs to the mark.
    return json{{"open", *open + "\n"}, {"close", "\n" + *close + "\n"}};
  }
  return std::nullopt;
}

// "{tool_name}" names a value: "tool_name".
std::optional<std::string> placeholder(const json& function, const char* key) {
  const auto value = function.find(key);
  if (value == function.end() || !value->is_string()) return std::nullopt;
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() < 3 || text.front() != '{' || text.back() != '}') return std::nullopt;
  return text.substr(1, text.size() - 2);
}

std::string object_form(const std::string& name_key, const std::string& arguments_key) {
  return "{" + literal(json(name_key).dump()) + ": \"$name\", " +
         literal(json(arguments_key).dump()) + ": $arguments}";
}

// A list of calls between two marks.
json list_of_calls(const std::string& open, const std::string& close, const std::string& call) {
  return {{"open", open + "["},
          {"close", "]" + close},
          {"separator", ", "},
          {"call", call},
          {"values", "json"}};
}

json call_between(const json& field, const std::string& call) {
  json calls = {{"open", ""}, {"close", ""}, {"call", call}, {"values", "json"}};
  if (is_set(field, "repeats")) calls["separator"] = "\n";
  return calls;
}

std::optional<json> calls(const json& fields) {
  const auto field = fields.find("tool_calls");
  if (field == fields.end() || !is_text(*field, "content", "json", false)) return std::nullopt;
  if (field->contains("content_args")) return std::nullopt;  // almost JSON
  const auto open = mark(*field, "open");
  const auto close = mark(*field, "close");
  const auto transform = field->find("transform");
  if (!open || !close || transform == field->end()) return std::nullopt;
  const auto function = transform->find("function");
  if (function == transform->end()) return std::nullopt;
  const bool each = is_set(*field, "transform_each");
  if (*function == "{content}" && !each && open->find("$name") == open->npos)
    return call_between(*field, *open + object_form("name", "arguments") + *close);
  if (!function->is_object()) return std::nullopt;
  const auto name = placeholder(*function, "name");
  const auto arguments = placeholder(*function, "arguments");
  if (!name || !arguments) return std::nullopt;
  if (each) return list_of_calls(*open, *close, object_form(*name, *arguments));
  if (*name != "name" || *arguments != "content") return std::nullopt;
  if (open->find("$name") == open->npos) return std::nullopt;
  return call_between(*field, *open + "$arguments" + *close);
}

}  // namespace

ir::Result<std::optional<std::string>> read_response_template(
    const std::filesystem::path& model_dir) {
  const auto path = model_dir / "tokenizer_config.json";
  if (std::error_code ignored; !std::filesystem::exists(path, ignored))
    return std::optional<std::string>();
  TRY(const JsonFile file, JsonFile::read(path));
  const JsonObject root = file.root();
  const json* stated = root.find(kKey);
  if (stated == nullptr) return std::optional<std::string>();
  const auto wrong = [&] { return root.wrong(kKey, "an object with an object of fields"); };
  if (!stated->is_object() || !stated->contains("fields")) return wrong();
  const json& fields = stated->at("fields");
  const auto is_object = [](const json& field) { return field.is_object(); };
  if (!fields.is_object() || !std::all_of(fields.begin(), fields.end(), is_object)) return wrong();
  if (const auto version = stated->find("version"); version != stated->end() && *version != 1)
    return std::optional<std::string>();
  json format = json::object();
  if (auto region = reasoning(fields)) format["reasoning"] = std::move(*region);
  if (auto form = calls(fields)) format["calls"] = json::array({std::move(*form)});
  if (format.empty()) return std::optional<std::string>();
  return std::optional(format.dump());
}

}  // namespace frontends
