// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/json_components.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "frontends/tokenizer/json_stages.h"

namespace frontends {
namespace {

using ir::Result;
using ir::TokenizerDescription;
using nlohmann::json;

// One kind of component: where it stands in the file, and how one of it is read.
struct Role {
  std::string_view key;       // "normalizer"
  std::string_view sequence;  // "normalizers": the list inside a Sequence
  std::function<Result<void>(const JsonObject&, const std::string& type)> read;
};

constexpr int kMaxNesting = 8;  // of Sequences

Result<void> read_one(const JsonFile& file, const Role& role, const json& value, int nesting) {
  if (!value.is_object() || nesting > kMaxNesting) return file.root().wrong(role.key, "an object");
  const JsonObject object(file, value, fmt::format("{}.", role.key));
  TRY(const std::string type, object.required_string("type"));
  if (type != "Sequence") return role.read(object, type);
  const json* list = object.find(role.sequence);
  if (list == nullptr || !list->is_array()) return object.wrong(role.sequence, "a list");
  for (const json& item : *list) TRY_DO(read_one(file, role, item, nesting + 1));
  return {};
}

Result<void> read_role(const JsonFile& file, const Role& role) {
  const json* value = file.root().find(role.key);
  if (value == nullptr) return {};
  return read_one(file, role, *value, 0);
}

template <class T>
Result<void> append(Result<T> item, std::vector<T>& list) {
  TRY(T value, std::move(item));
  list.push_back(std::move(value));
  return {};
}

// The ids that the template's control token `name` stands for.
Result<std::vector<std::uint32_t>> control_ids(const JsonObject& object, const std::string& name) {
  TRY(const std::optional<JsonObject> tokens, object.object("special_tokens"));
  const json* entry = tokens ? tokens->find(name) : nullptr;
  const json* list =
      entry != nullptr && entry->is_object() && entry->contains("ids") ? &(*entry)["ids"] : nullptr;
  std::vector<std::uint32_t> ids;
  if (list != nullptr && list->is_array())
    for (const json& id : *list)
      if (id.is_number_unsigned() && id.get<std::uint64_t>() < (1U << 24))
        ids.push_back(id.get<std::uint32_t>());
  if (list == nullptr || ids.size() != list->size())
    return ir::Diagnostic{
        .kind = ir::DiagnosticKind::malformed_tokenizer,
        .message = fmt::format("the template uses \"{}\" but gives it no ids", name),
        .where = object.where("special_tokens"),
        .help = "download the file again"};
  return ids;
}

// "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]
Result<void> read_template(const JsonObject& object, TokenizerDescription& tokenizer) {
  const json* single = object.find("single");
  if (single == nullptr || !single->is_array()) return object.wrong("single", "a list");
  bool seen_text = false;
  for (const json& item : *single) {
    if (!item.is_object()) return object.wrong("single", "a list of objects");
    if (item.contains("Sequence")) {
      seen_text = true;
      continue;
    }
    const auto special = item.find("SpecialToken");
    if (special == item.end() || !special->is_object() || !special->contains("id") ||
        !(*special)["id"].is_string())
      return object.wrong("single", "a list of SpecialToken and Sequence");
    TRY(const std::vector<std::uint32_t> ids,
        control_ids(object, (*special)["id"].get<std::string>()));
    auto& side = seen_text ? tokenizer.suffix_ids : tokenizer.prefix_ids;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  return {};
}

// ["</s>", 2]
Result<std::uint32_t> read_pair_id(const JsonObject& object, std::string_view key) {
  const json* pair = object.find(key);
  if (pair == nullptr || !pair->is_array() || pair->size() != 2 || !(*pair)[1].is_number_unsigned())
    return object.wrong(key, "a pair of text and id");
  return (*pair)[1].get<std::uint32_t>();
}

Result<void> read_post_processor(const JsonObject& object, const std::string& type,
                                 TokenizerDescription& tokenizer) {
  if (type == "TemplateProcessing") return read_template(object, tokenizer);
  if (type == "RobertaProcessing" || type == "BertProcessing") {
    TRY(const std::uint32_t first, read_pair_id(object, "cls"));
    TRY(const std::uint32_t last, read_pair_id(object, "sep"));
    tokenizer.prefix_ids.push_back(first);
    tokenizer.suffix_ids.push_back(last);
    return {};
  }
  if (type == "ByteLevel") return {};  // moves offsets, which nobody here asks for
  return unsupported_component(object, "type", "post_processor", type);
}

}  // namespace

ir::Diagnostic unsupported_component(const JsonObject& object, std::string_view key,
                                     std::string_view role, std::string_view name) {
  return {.kind = ir::DiagnosticKind::unsupported_tokenizer,
          .message = fmt::format("the tokenizer's {} is {}, which is not supported", role, name),
          .where = object.where(key),
          .help = "compile the model without its tokenizer files to use token ids only"};
}

ir::Result<void> read_components(const JsonFile& file, TokenizerDescription& tokenizer) {
  const Role roles[] = {
      {"normalizer", "normalizers",
       [&](const JsonObject& object, const std::string& type) {
         return append(read_normalizer(object, type), tokenizer.normalizers);
       }},
      {"pre_tokenizer", "pretokenizers",
       [&](const JsonObject& object, const std::string& type) {
         return read_pre_tokenizer(object, type, tokenizer.pre_tokenizers);
       }},
      {"post_processor", "processors",
       [&](const JsonObject& object, const std::string& type) {
         return read_post_processor(object, type, tokenizer);
       }},
      {"decoder", "decoders",
       [&](const JsonObject& object, const std::string& type) {
         return append(read_decoder(object, type), tokenizer.decoders);
       }},
  };
  for (const Role& role : roles) TRY_DO(read_role(file, role));
  return {};
}

}  // namespace frontends
