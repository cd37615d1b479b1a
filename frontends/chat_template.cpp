// SPDX-License-Identifier: Apache-2.0
#include "frontends/chat_template.h"

#include <nlohmann/json.hpp>
#include <system_error>

#include "frontends/file.h"
#include "frontends/json_file.h"

namespace frontends {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTemplateBytes = 1U << 20;
constexpr std::string_view kKey = "chat_template";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

ir::Result<void> add_file(const fs::path& path, const std::string& name, ChatTemplates& templates) {
  TRY(std::string text, read_text(path, kMaxTemplateBytes));
  templates.try_emplace(name, std::move(text));
  return {};
}

// "chat_template" of a JSON file: one text, or a list of named ones.
ir::Result<void> add_json(const fs::path& path, ChatTemplates& templates) {
  TRY(const JsonFile file, JsonFile::read(path));
  const JsonObject root = file.root();
  const nlohmann::json* value = root.find(kKey);
  if (value == nullptr) return {};
  if (value->is_string()) {
    templates.try_emplace("default", value->get<std::string>());
    return {};
  }
  if (!value->is_array()) return root.wrong(kKey, "a text or a list of named texts");
  for (const nlohmann::json& item : *value) {
    const auto text = [&](const char* key) {
      return item.is_object() && item.contains(key) && item[key].is_string();
    };
    if (!text("name") || !text("template"))
      return root.wrong(kKey, "a list of objects with the texts name and template");
    templates.try_emplace(item["name"].get<std::string>(), item["template"].get<std::string>());
  }
  return {};
}

}  // namespace

ir::Result<ChatTemplates> read_chat_templates(const fs::path& model_dir) {
  ChatTemplates templates;
  if (const fs::path file = model_dir / "chat_template.jinja"; is_there(file))
    TRY_DO(add_file(file, "default", templates));
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(model_dir / "additional_chat_templates", ignored))
    if (entry.path().extension() == ".jinja")
      TRY_DO(add_file(entry.path(), entry.path().stem().string(), templates));
  for (const char* name : {"chat_template.json", "tokenizer_config.json"})
    if (is_there(model_dir / name)) TRY_DO(add_json(model_dir / name, templates));
  return templates;
}

}  // namespace frontends
