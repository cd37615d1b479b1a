// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/report.h"

namespace compiler {
namespace {

using Json = nlohmann::ordered_json;

Json rows(const std::vector<ContextBytes>& memory) {
  Json list = Json::array();
  for (const ContextBytes& row : memory)
    list.push_back({{"context", row.context}, {"bytes", row.bytes}});
  return list;
}

Json rows(const std::vector<FileRow>& files) {
  Json list = Json::array();
  for (const FileRow& row : files) list.push_back({{"path", row.path}, {"bytes", row.bytes}});
  return list;
}

Json encodings(const std::vector<Fact>& exceptions) {
  Json list = Json::array();
  for (const Fact& row : exceptions)
    list.push_back({{"tensor", row.name}, {"encoding", row.value}});
  return list;
}

Json rows(const std::vector<ErrorRow>& errors) {
  Json list = Json::array();
  for (const ErrorRow& row : errors)
    list.push_back({{"tensor", row.tensor},
                    {"encoding", row.encoding},
                    {"relative_error", row.relative_error}});
  return list;
}

// The shortest decimals that give the same f32, which the JSON library does not promise. JSON has
// no infinities.
std::string number_list(const std::vector<float>& values) {
  std::string text;
  for (const float value : values)
    text += fmt::format("{}{}", text.empty() ? "" : ",",
                        std::isfinite(value) ? fmt::format("{}", value) : "null");
  return "[" + text + "]";
}

// Text that a model makes need not be UTF-8 up to its end.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const CompileReport& report) {
  return dump({{"bundle", report.bundle},
               {"model", report.model},
               {"architecture", report.architecture},
               {"quantization", report.quantization},
               {"exceptions", encodings(report.exceptions)},
               {"context", report.context},
               {"bytes", report.bytes},
               {"files", rows(report.files)},
               {"errors", rows(report.errors)},
               {"gpu_memory", rows(report.gpu_memory)},
               {"dispatches_per_token", report.dispatches_per_token},
               {"resumed_segments", report.resumed_segments},
               {"preparation_cpu_seconds", report.preparation_cpu_seconds},
               {"seconds", report.seconds}});
}

std::string to_json(const ModelReport& report) {
  Json config = Json::object(), tensors = Json::array(), forecasts = Json::array();
  for (const Fact& fact : report.config) {
    const Json value = Json::parse(fact.value, nullptr, false);
    config[fact.name] = value.is_discarded() ? Json(fact.value) : value;
  }
  for (const TensorRow& row : report.tensors)
    tensors.push_back(
        {{"name", row.name}, {"dtype", row.dtype}, {"shape", row.shape}, {"bytes", row.bytes}});
  for (const Forecast& row : report.forecasts)
    forecasts.push_back({{"quantization", row.quantization},
                         {"weight_bytes", row.weight_bytes},
                         {"gpu_memory", rows(row.gpu_memory)}});
  return dump({{"kind", "model"},
               {"path", report.path},
               {"name", report.name},
               {"architecture", report.architecture},
               {"parameters", report.parameters},
               {"config", config},
               {"tokenizer", report.tokenizer ? Json(*report.tokenizer) : Json()},
               {"tokenizer_pieces", report.tokenizer_pieces},
               {"chat_templates", report.chat_templates},
               {"tensors", tensors},
               {"forecasts", forecasts}});
}

std::string to_json(const BundleReport& report) {
  Json functions = Json::array();
  for (const FunctionRow& row : report.functions)
    functions.push_back({{"name", row.name}, {"dispatches", row.dispatches}});
  return dump({{"kind", "bundle"},
               {"path", report.path},
               {"model", report.model},
               {"architecture", report.architecture},
               {"quantization", report.quantization},
               {"exceptions", encodings(report.exceptions)},
               {"library", report.library},
               {"parameters", report.parameters},
               {"context", report.context},
               {"bytes", report.bytes},
               {"files", rows(report.files)},
               {"kernels", report.kernels},
               {"functions", functions},
               {"gpu_memory", rows(report.gpu_memory)},
               {"tokenizer", report.tokenizer},
               {"chat_template", report.chat_template}});
}

std::string to_json(const EvalReport& report) {
  std::string text = dump(Json{{"prompt_ids", report.prompt_ids},
                               {"ids", report.ids},
                               {"text", report.text ? Json(*report.text) : Json()}});
  if (report.logits) text.insert(text.rfind('}'), ",\"logits\":" + number_list(*report.logits));
  return text;
}

std::string to_json(const CheckReport& report) {
  Json tensors = Json::array();
  for (const TensorCheck& row : report.tensors)
    tensors.push_back({{"name", row.name},
                       {"encoding", row.encoding},
                       {"relative_error", row.relative_error},
                       {"largest_error", row.largest_error},
                       {"other_bytes", row.other_bytes},
                       {"wrong", row.wrong}});
  return dump({{"bundle", report.bundle},
               {"files", report.files},
               {"bytes", report.bytes},
               {"tensors", report.tensor_count},
               {"against", report.against.empty() ? Json() : Json(report.against)},
               {"compared", tensors}});
}

std::string to_json(const CompareReport& report) {
  Json json{{"tokens", report.tokens},
            {"values", report.values},
            {"largest_share_of_bound", report.largest_share},
            {"first_difference", nullptr}};
  if (const auto& d = report.first)
    json["first_difference"] = {{"provenance", d->provenance}, {"kernel", d->kernel},
                                {"after_tokens", d->step},     {"wrong_values", d->wrong},
                                {"index", d->index},           {"reference", d->reference},
                                {"computed", d->computed},     {"bound", d->bound}};
  return dump(json);
}

}  // namespace compiler
