// SPDX-License-Identifier: Apache-2.0
// Writing model.json; parse_manifest.cpp reads it.
#include "codegen/bundle/manifest.h"

#include <nlohmann/json.hpp>

#include "ir/support/match.h"

namespace codegen::bundle {
namespace {

using Json = nlohmann::ordered_json;

Json to_value(const Setting& setting) {
  return ir::match(setting, [](const auto& value) { return Json(value); });
}

Json to_value(const Settings& settings) {
  Json object = Json::object();
  for (const auto& [name, setting] : settings) object[name] = to_value(setting);
  return object;
}

Json to_value(const weights::WrittenFile& file) {
  return {{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}};
}

Json to_value(const TensorEntry& tensor) {
  Json pieces = Json::array();
  for (const weights::Piece& piece : tensor.pieces)
    pieces.push_back(Json{{"segment", piece.segment},
                          {"offset", piece.offset},
                          {"at", piece.at},
                          {"bytes", piece.bytes}});
  return {{"name", tensor.name},
          {"shape", tensor.shape},
          {"encoding", tensor.encoding},
          {"bytes", tensor.bytes},
          {"pieces", pieces}};
}

Json to_value(const LayerCost& layer) {
  return {{"name", layer.name},
          {"weight_bytes", layer.weight_bytes},
          {"kv_bytes_per_token", layer.kv_bytes_per_token},
          {"flops_per_token", layer.flops_per_token},
          {"segments", layer.segments}};
}

Json to_value(const MemoryRow& row) {
  return {{"context", row.context}, {"gpu_bytes", row.gpu_bytes}};
}

Json to_value(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json to_value(const Licence& licence) {
  return {{"files", licence.files}, {"card", to_value(licence.card)}};
}

template <class Item>
Json to_values(const std::vector<Item>& items) {
  Json array = Json::array();
  for (const Item& item : items) array.push_back(to_value(item));
  return array;
}

// Names of files and models may hold bytes that are not UTF-8; they become U+FFFD.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A field a line; in a list of objects, an object a line.
std::string print(const Json& object) {
  std::string text;
  for (const auto& [name, value] : object.items()) {
    text += text.empty() ? "{\n " : ",\n ";
    text.append(dump(name)).append(": ");
    if (!value.is_array() || value.empty() || !value.front().is_object()) {
      text += dump(value);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i)
      text.append(i == 0 ? "[\n  " : ",\n  ").append(dump(value[i]));
    text += "\n ]";
  }
  return text + "\n}\n";
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  const BundleDescription& about = manifest.about;
  Json json;
  json["format"] = "webllm-bundle";
  json["version"] = kBundleVersion;
  json["minimum_runtime"] = kMinimumRuntime;
  json["compiler"] = {{"name", "webllm-compile"},
                      {"version", about.compiler_version},
                      {"options", to_value(about.compiler_options)}};
  json["model"] = {{"name", about.model.name},
                   {"architecture", about.model.architecture},
                   {"parameters", about.model.parameters}};
  json["quantization"] = about.quantization;
  json["context"] = about.context;
  json["vocabulary"] = about.vocabulary;
  json["bos_token_ids"] = about.bos_token_ids;
  json["eos_token_ids"] = about.eos_token_ids;
  json["generation"] = to_value(about.generation);
  json["library"] = manifest.library;
  json["files"] = to_values(manifest.files);
  json["segments"] = to_values(manifest.segments);
  json["tensors"] = to_values(manifest.tensors);
  json["layers"] = to_values(manifest.layers);
  json["memory"] = to_values(manifest.memory);
  json["requirements"] = {{"features", manifest.requirements.features},
                          {"optional_features", manifest.requirements.optional_features},
                          {"limits", manifest.requirements.limits}};
  json["tokenizer"] = manifest.has_tokenizer ? Json{{"path", kTokenizerName}} : Json();
  json["chat_template"] = to_value(about.chat_template);
  if (about.tool_template) json["tool_template"] = *about.tool_template;
  if (about.tool_format) json["tool_format"] = Json::parse(*about.tool_format);
  if (about.response_template) json["response_template"] = Json::parse(*about.response_template);
  if (manifest.licence) json["licence"] = to_value(*manifest.licence);
  return print(json);
}

}  // namespace codegen::bundle
