// SPDX-License-Identifier: Apache-2.0
// JsonValue: reads JSON that should follow a schema. The first fault is kept with its place, after
// which all reads give empty values, so that a reader is written without a check at every step:
//
//   JsonDocument document(text, "model.json");
//   manifest.context = document.root()["context"].integer(1, 1 << 24);
//   if (document.fault()) return *document.fault();   // model.json: "context" is -5, wanted ...
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "ir/support/diagnostic.h"

namespace codegen::bundle {

class JsonDocument;

class JsonValue {
 public:
  // A missing field is a fault, an optional one that is missing is null.
  JsonValue operator[](std::string_view name) const;
  JsonValue optional(std::string_view name) const;
  bool is_null() const { return value_ == nullptr || value_->is_null(); }

  std::uint64_t integer(std::uint64_t least = 0, std::uint64_t most = (1ULL << 53) - 1) const;
  double number() const;
  std::string string() const;
  void each(const std::function<void(JsonValue)>& visit) const;  // of an array
  void fields(const std::function<void(const std::string&, JsonValue)>& visit) const;
  const nlohmann::json& raw() const;

  void fault(const std::string& message) const;

 private:
  friend class JsonDocument;
  JsonValue(JsonDocument* document, const nlohmann::json* value, std::string place)
      : document_(document), value_(value), place_(std::move(place)) {}

  JsonDocument* document_;
  const nlohmann::json* value_;  // null after a fault
  std::string place_;            // "tensors[3].name"
};

class JsonDocument {
 public:
  JsonDocument(std::string_view text, std::string file);

  JsonValue root() { return {this, fault_ ? nullptr : &json_, {}}; }
  // malformed_json, malformed_bundle or what a reader reported.
  const std::optional<ir::Diagnostic>& fault() const { return fault_; }
  void report(ir::Diagnostic fault);

 private:
  friend class JsonValue;
  std::string file_;
  nlohmann::json json_;
  std::optional<ir::Diagnostic> fault_;
};

}  // namespace codegen::bundle
