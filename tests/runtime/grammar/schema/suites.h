// SPDX-License-Identifier: Apache-2.0
// Schemas with valid and invalid instances, and what the grammar of a schema says of them. A schema
// counts as right only if all of its instances are.
//
//   const Verdict verdict = judge(schema_case, options);
//   verdict.refusal;           // why the schema is not enforced at all
//   verdict.wrong_accepts;     // invalid texts that the grammar has: never any
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/schema/json_schema.h"

namespace tests::schema {

struct Instance {
  runtime::grammar::json::Value value;
  bool valid = false;
};

struct Case {
  std::string name;
  std::string schema;  // JSON text
  std::vector<Instance> instances;
};

struct Verdict {
  std::optional<std::string> refusal;
  std::string refused_at;
  std::vector<std::string> wrong_accepts;
  std::vector<std::string> wrong_rejects;
  double compile_ms = 0;

  bool is_right() const { return !refusal && wrong_accepts.empty() && wrong_rejects.empty(); }
};

// Feeds each instance byte by byte: compact, on many lines, with escaped strings; in any order of
// keys. Numbers have no exponents.
Verdict judge(const Case& test, const runtime::grammar::schema::SchemaOptions& options);

enum class Style { compact, lines, escaped };
std::string write(const runtime::grammar::json::Value& value, Style style);

// What a suite came to; prints what is not right, refusals grouped by their messages.
class Score {
 public:
  explicit Score(std::string name) : name_(std::move(name)) {}
  void add(const Case& test, const Verdict& verdict);
  void print(bool every_refusal) const;

  std::size_t total = 0;
  std::size_t right = 0;
  std::size_t with_wrong_accepts = 0;
  std::vector<double> compile_ms;

 private:
  std::string name_;
  std::map<std::string, std::vector<std::string>> refused_;  // message: where
  std::vector<std::string> mistakes_;
};

std::string read_file(const std::filesystem::path& path);
std::string read_gzip(const std::filesystem::path& path);
// The file's JSON value; fails the test where it is none.
runtime::grammar::json::Value read_json(std::string_view text);

}  // namespace tests::schema
