// SPDX-License-Identifier: Apache-2.0
// A JSON file of the user, read once and checked: bounded in size and depth, no duplicate keys, and
// every complaint about a value carries the line of its key.
//
//   TRY(JsonFile file, JsonFile::read(folder / "config.json"));
//   TRY(std::int64_t size, file.root().required_integer("hidden_size", {1, 1 << 20}));
//   // error: hidden_size must be an integer from 1 to 1048576, found "abc"  [bad-config-value]
//   //   --> config.json:7
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/support/result.h"

namespace frontends {

struct JsonLimits {
  std::uint64_t max_bytes = 16U << 20;
  int max_depth = 32;
  int line_depth = 2;  // keys nested deeper than this are not located by line
};

struct IntegerRange {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct NumberRange {
  double min = 0;
  double max = std::numeric_limits<double>::max();
};

class JsonFile;

// An object inside a JsonFile (which must outlive it). A getter returns nullopt when the key is
// absent or null; the required_ form makes that a missing_config_key. A value of another type or
// outside the range is a bad_config_value.
class JsonObject {
 public:
  JsonObject(const JsonFile& file, const nlohmann::json& value, std::string path)
      : file_(&file), value_(&value), path_(std::move(path)) {}

  bool has(std::string_view key) const;       // present and not null
  bool contains(std::string_view key) const;  // present, maybe null
  std::vector<std::string> keys() const;
  const nlohmann::json* find(std::string_view key) const;  // null when absent or null
  ir::Location where(std::string_view key) const;          // path and line of the key
  ir::Location file() const;
  std::string shown(std::string_view key) const;  // the value as short JSON text

  template <class T>
  using Optional = ir::Result<std::optional<T>>;
  Optional<std::int64_t> integer(std::string_view key, IntegerRange range) const;
  Optional<double> number(std::string_view key, NumberRange range) const;
  Optional<bool> boolean(std::string_view key) const;
  Optional<std::string> string(std::string_view key) const;
  Optional<JsonObject> object(std::string_view key) const;
  // One integer, or a list of integers.
  ir::Result<std::vector<std::int64_t>> integers(std::string_view key, IntegerRange range) const;

  ir::Result<std::int64_t> required_integer(std::string_view key, IntegerRange range) const;
  ir::Result<double> required_number(std::string_view key, NumberRange range) const;
  ir::Result<std::string> required_string(std::string_view key) const;

  // "hidden_size must be <wanted>, found <value>".
  ir::Diagnostic wrong(std::string_view key, std::string_view wanted) const;

 private:
  ir::Diagnostic missing(std::string_view key) const;
  std::string full_name(std::string_view key) const;

  const JsonFile* file_;
  const nlohmann::json* value_;
  std::string path_;  // "rope_scaling." for keys of that object, "" at the root
};

class JsonFile {
 public:
  // Errors: those of read_text, malformed_json, duplicate_key.
  static ir::Result<JsonFile> read(const std::filesystem::path& path, JsonLimits limits = {});
  static ir::Result<JsonFile> parse(std::string_view text, std::string path,
                                    JsonLimits limits = {});
  JsonFile(JsonFile&&) noexcept;
  JsonFile& operator=(JsonFile&&) noexcept;
  ~JsonFile();

  const std::string& path() const { return path_; }
  JsonObject root() const;                       // the outermost value is an object
  int line_of(std::string_view key_path) const;  // "rope_scaling.factor"; 0: unknown

 private:
  JsonFile(std::string path, std::unique_ptr<nlohmann::json> value,
           std::map<std::string, int, std::less<>> lines);

  std::string path_;
  std::unique_ptr<nlohmann::json> value_;
  std::map<std::string, int, std::less<>> lines_;
};

}  // namespace frontends
