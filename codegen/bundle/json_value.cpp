// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/json_value.h"

#include <fmt/format.h>

namespace codegen::bundle {
namespace {

// What stands there, short enough for a message.
std::string shown(const nlohmann::json& value) {
  constexpr std::size_t kMost = 60;
  if (value.is_array() || value.is_object()) return fmt::format("an {}", value.type_name());
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

}  // namespace

JsonDocument::JsonDocument(std::string_view text, std::string file)
    : file_(std::move(file)), json_(nlohmann::json::parse(text, nullptr, false)) {
  if (json_.is_discarded())
    fault_ = {.kind = ir::DiagnosticKind::malformed_json,
              .message = "is not JSON",
              .where = {.path = file_},
              .help = "the bundle is damaged: compile the model again"};
}

void JsonDocument::report(ir::Diagnostic fault) {
  if (!fault_) fault_ = std::move(fault);
}

void JsonValue::fault(const std::string& message) const {
  document_->report({.kind = ir::DiagnosticKind::malformed_bundle,
                     .message = message,
                     .where = {.path = document_->file_, .item = place_},
                     .help = "the bundle is damaged: compile the model again"});
}

JsonValue JsonValue::operator[](std::string_view name) const {
  const JsonValue field = optional(name);
  if (field.value_ == nullptr && value_ != nullptr) fault(fmt::format("has no \"{}\"", name));
  return field;
}

JsonValue JsonValue::optional(std::string_view name) const {
  const std::string place = place_.empty() ? std::string(name) : fmt::format("{}.{}", place_, name);
  if (value_ == nullptr || document_->fault_) return {document_, nullptr, place};
  if (!value_->is_object()) {
    fault(fmt::format("is {}, wanted an object", shown(*value_)));
    return {document_, nullptr, place};
  }
  const auto found = value_->find(std::string(name));
  return {document_, found == value_->end() ? nullptr : &*found, place};
}

std::uint64_t JsonValue::integer(std::uint64_t least, std::uint64_t most) const {
  if (value_ == nullptr) return least;
  if (value_->is_number_unsigned()) {
    const auto value = value_->get<std::uint64_t>();
    if (value >= least && value <= most) return value;
  }
  fault(fmt::format("is {}, wanted an integer from {} to {}", shown(*value_), least, most));
  return least;
}

double JsonValue::number() const {
  if (value_ == nullptr) return 0;
  if (value_->is_number()) return value_->get<double>();
  fault(fmt::format("is {}, wanted a number", shown(*value_)));
  return 0;
}

std::string JsonValue::string() const {
  if (value_ == nullptr) return {};
  if (value_->is_string()) return value_->get<std::string>();
  fault(fmt::format("is {}, wanted a string", shown(*value_)));
  return {};
}

void JsonValue::each(const std::function<void(JsonValue)>& visit) const {
  if (value_ == nullptr) return;
  if (!value_->is_array()) return fault(fmt::format("is {}, wanted an array", shown(*value_)));
  for (std::size_t i = 0; i < value_->size() && !document_->fault_; ++i)
    visit({document_, &(*value_)[i], fmt::format("{}[{}]", place_, i)});
}

void JsonValue::fields(const std::function<void(const std::string&, JsonValue)>& visit) const {
  if (value_ == nullptr) return;
  if (!value_->is_object()) return fault(fmt::format("is {}, wanted an object", shown(*value_)));
  for (const auto& [name, value] : value_->items()) {
    if (document_->fault_) return;
    visit(name, {document_, &value, fmt::format("{}.{}", place_, name)});
  }
}

const nlohmann::json& JsonValue::raw() const {
  static const nlohmann::json kNull;
  return value_ == nullptr ? kNull : *value_;
}

}  // namespace codegen::bundle
