// SPDX-License-Identifier: Apache-2.0
#include "frontends/json_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "frontends/file.h"
#include "frontends/json_text.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using nlohmann::json;

// Builds the value from the parser's events, because a json object alone cannot tell that a key
// came twice, nor where it stood.
class Builder {
 public:
  Builder(const std::string& path, JsonLimits limits, const int& line)
      : path_(path), limits_(limits), line_(line) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(json::object()); }
  bool start_array(std::size_t /*size*/) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    json& object = *stack_.back();
    if (object.contains(name))
      return fail(DiagnosticKind::duplicate_key,
                  fmt::format("the key {} appears twice in one object", in_quotes(name)),
                  "remove one of the two");
    if (static_cast<int>(stack_.size()) <= limits_.line_depth) {
      names_.resize(stack_.size());
      names_.back() = name;
      lines_.emplace(fmt::format("{}", fmt::join(names_, ".")), line_);
    }
    slot_ = &object[name];
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const json::exception& error) {
    return fail(DiagnosticKind::malformed_json,
                fmt::format("the file is not valid JSON: {}", reason_of(error.what())),
                "download the file again, or correct it by hand");
  }

  json take_root() { return std::move(root_); }
  std::map<std::string, int, std::less<>> take_lines() { return std::move(lines_); }
  Diagnostic take_error() { return *std::move(error_); }

 private:
  json& place(json value) {
    if (stack_.empty()) return root_ = std::move(value);
    if (stack_.back()->is_array()) return stack_.back()->emplace_back(std::move(value));
    return *slot_ = std::move(value);
  }
  bool add(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json value) {
    if (static_cast<int>(stack_.size()) >= limits_.max_depth)
      return fail(DiagnosticKind::malformed_json,
                  fmt::format("values are nested more than {} deep", limits_.max_depth),
                  "check that this is the file you meant");
    stack_.push_back(&place(std::move(value)));
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }
  bool fail(DiagnosticKind kind, std::string message, std::string help) {
    error_ = Diagnostic{.kind = kind,
                        .message = std::move(message),
                        .where = {path_, line_},
                        .help = std::move(help)};
    return false;
  }

  const std::string& path_;
  JsonLimits limits_;
  const int& line_;
  json root_;
  // Open containers. Growing an array moves its elements, but then none of them is open.
  std::vector<json*> stack_;
  json* slot_ = nullptr;            // where the value of the last key goes
  std::vector<std::string> names_;  // keys that lead to the innermost object
  std::map<std::string, int, std::less<>> lines_;
  std::optional<Diagnostic> error_;
};

}  // namespace

ir::Result<JsonFile> JsonFile::read(const std::filesystem::path& path, JsonLimits limits) {
  TRY(const std::string text, read_text(path, limits.max_bytes));
  return parse(text, path.string(), limits);
}

ir::Result<JsonFile> JsonFile::parse(std::string_view text, std::string path, JsonLimits limits) {
  int line = 1;
  Builder builder(path, limits, line);
  const LineCounter begin(text.begin(), &line);
  const LineCounter end(text.end(), &line);
  if (!json::sax_parse(begin, end, &builder)) return builder.take_error();
  auto value = std::make_unique<json>(builder.take_root());
  if (!value->is_object())
    return Diagnostic{
        .kind = DiagnosticKind::malformed_json,
        .message = fmt::format("the file holds {}, but an object is needed", short_text(*value)),
        .where = {std::move(path), 1},
        .help = "check that this is the file you meant"};
  return JsonFile(std::move(path), std::move(value), builder.take_lines());
}

JsonFile::JsonFile(std::string path, std::unique_ptr<json> value,
                   std::map<std::string, int, std::less<>> lines)
    : path_(std::move(path)), value_(std::move(value)), lines_(std::move(lines)) {}
JsonFile::JsonFile(JsonFile&&) noexcept = default;
JsonFile& JsonFile::operator=(JsonFile&&) noexcept = default;
JsonFile::~JsonFile() = default;

JsonObject JsonFile::root() const { return {*this, *value_, ""}; }

int JsonFile::line_of(std::string_view key_path) const {
  const auto found = lines_.find(key_path);
  return found == lines_.end() ? 0 : found->second;
}

const json* JsonObject::find(std::string_view key) const {
  const auto found = value_->find(key);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool JsonObject::has(std::string_view key) const { return find(key) != nullptr; }

bool JsonObject::contains(std::string_view key) const { return value_->contains(key); }

std::vector<std::string> JsonObject::keys() const {
  std::vector<std::string> names;
  for (const auto& item : value_->items()) names.push_back(item.key());
  return names;
}

std::string JsonObject::full_name(std::string_view key) const { return path_ + std::string(key); }

ir::Location JsonObject::where(std::string_view key) const {
  return {file_->path(), file_->line_of(full_name(key))};
}

ir::Location JsonObject::file() const { return {file_->path()}; }

std::string JsonObject::shown(std::string_view key) const {
  const json* value = find(key);
  return value == nullptr ? "nothing" : short_text(*value);
}

Diagnostic JsonObject::wrong(std::string_view key, std::string_view wanted) const {
  return {.kind = DiagnosticKind::bad_config_value,
          .message = fmt::format("{} must be {}, found {}", full_name(key), wanted, shown(key)),
          .where = where(key),
          .help = "correct the value, or download the file again"};
}

Diagnostic JsonObject::missing(std::string_view key) const {
  return {.kind = DiagnosticKind::missing_config_key,
          .message = fmt::format("the file does not state {}", full_name(key)),
          .where = {file_->path()},
          .help = fmt::format("add \"{}\" with the model's value", key)};
}

JsonObject::Optional<std::int64_t> JsonObject::integer(std::string_view key,
                                                       IntegerRange range) const {
  const json* value = find(key);
  if (value == nullptr) return std::optional<std::int64_t>();
  const std::optional<std::int64_t> number = as_integer(*value);
  if (!number || *number < range.min || *number > range.max)
    return wrong(key, fmt::format("an integer from {} to {}", range.min, range.max));
  return number;
}

JsonObject::Optional<double> JsonObject::number(std::string_view key, NumberRange range) const {
  const json* value = find(key);
  if (value == nullptr) return std::optional<double>();
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= range.min && number <= range.max))
    return wrong(key, range.max == NumberRange().max
                          ? fmt::format("a number of at least {}", range.min)
                          : fmt::format("a number from {} to {}", range.min, range.max));
  return std::optional(number);
}

JsonObject::Optional<bool> JsonObject::boolean(std::string_view key) const {
  const json* value = find(key);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_boolean()) return wrong(key, "true or false");
  return std::optional(value->get<bool>());
}

JsonObject::Optional<std::string> JsonObject::string(std::string_view key) const {
  const json* value = find(key);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return wrong(key, "a string");
  return std::optional(value->get<std::string>());
}

JsonObject::Optional<JsonObject> JsonObject::object(std::string_view key) const {
  const json* value = find(key);
  if (value == nullptr) return std::optional<JsonObject>();
  if (!value->is_object()) return wrong(key, "an object");
  return std::optional(JsonObject(*file_, *value, full_name(key) + "."));
}

ir::Result<std::vector<std::int64_t>> JsonObject::integers(std::string_view key,
                                                           IntegerRange range) const {
  std::vector<std::int64_t> numbers;
  const json* value = find(key);
  if (value == nullptr) return numbers;
  const json list = value->is_array() ? *value : json::array({*value});
  for (const json& item : list) {
    const std::optional<std::int64_t> number = as_integer(item);
    if (!number || *number < range.min || *number > range.max)
      return wrong(
          key, fmt::format("an integer from {} to {}, or a list of such", range.min, range.max));
    numbers.push_back(*number);
  }
  return numbers;
}

ir::Result<std::int64_t> JsonObject::required_integer(std::string_view key,
                                                      IntegerRange range) const {
  TRY(const std::optional<std::int64_t> value, integer(key, range));
  if (!value) return missing(key);
  return *value;
}

ir::Result<double> JsonObject::required_number(std::string_view key, NumberRange range) const {
  TRY(const std::optional<double> value, number(key, range));
  if (!value) return missing(key);
  return *value;
}

ir::Result<std::string> JsonObject::required_string(std::string_view key) const {
  TRY(std::optional<std::string> value, string(key));
  if (!value) return missing(key);
  return *std::move(value);
}

}  // namespace frontends
