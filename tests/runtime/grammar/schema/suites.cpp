// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/grammar/schema/suites.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/schema/numbers.h"

namespace tests::schema {
namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using runtime::grammar::json::Member;
using runtime::grammar::json::Value;

// Every character of the basic plane as \uXXXX.
std::string escape(std::string_view utf8) {
  std::string text = "\"";
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t code = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      code = code << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    }
    i += size;
    char buffer[16];
    if (code >= 0x10000) {
      code -= 0x10000;
      std::snprintf(buffer, sizeof buffer, "\\u%04X\\u%04x", 0xd800 + (code >> 10),
                    0xdc00 + (code & 0x3ff));
    } else {
      std::snprintf(buffer, sizeof buffer, "\\u%04X", code);
    }
    text += buffer;
  }
  return text + '"';
}

std::string plain_number(std::string_view text) {
  if (text.find_first_of("eE") == std::string_view::npos) return std::string(text);
  const auto value = runtime::grammar::schema::parse_decimal(text);
  if (value) return std::string(std::string_view(runtime::grammar::schema::spell(*value)));
  return std::string(text);
}

void write(const Value& value, Style style, std::size_t depth, std::string& text) {
  const auto line = [&](std::size_t indent) {
    if (style == Style::lines) text += "\n" + std::string(std::min<std::size_t>(indent, 30), ' ');
  };
  const auto list = [&](char open, const auto& parts, char close, const auto& write_part) {
    text += open;
    bool first = true;
    for (const auto& part : parts) {
      if (!first) text += ',';
      first = false;
      line(depth + 1);
      write_part(part);
    }
    if (!first) line(depth);
    text += close;
  };
  switch (value.kind) {
    case Value::Kind::null:
      text += "null";
      break;
    case Value::Kind::boolean:
      text += value.boolean ? "true" : "false";
      break;
    case Value::Kind::number:
      text += plain_number(value.text);
      break;
    case Value::Kind::string:
      if (style == Style::escaped)
        text += escape(value.text);
      else
        text += runtime::grammar::json::quote(value.text);
      break;
    case Value::Kind::array:
      list('[', value.items, ']', [&](const Value& item) { write(item, style, depth + 1, text); });
      break;
    case Value::Kind::object:
      list('{', value.members, '}', [&](const Member& member) {
        text += runtime::grammar::json::quote(member.key);
        text += style == Style::lines ? ": " : ":";
        write(member.value, style, depth + 1, text);
      });
      break;
  }
}

}  // namespace

std::string write(const Value& value, Style style) {
  std::string text;
  write(value, style, 0, text);
  return text;
}

Verdict judge(const Case& test, const runtime::grammar::schema::SchemaOptions& options) {
  using runtime::grammar::schema::KeyOrder;
  using runtime::grammar::schema::Whitespace;
  Verdict verdict;
  Grammar grammar;
  const auto before = std::chrono::steady_clock::now();
  const auto start =
      add_json_schema(grammar, test.schema, options,
                      {.whitespace = Whitespace::bounded, .key_order = KeyOrder::any});
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - before;
  verdict.compile_ms = taken.count();
  if (!start) {
    // A grammar without texts cannot be had; that it has none may be what the instances say.
    const bool has_none =
        std::string_view(start.refusal().message) == "no value is valid against the schema";
    const auto is_valid = [](const Instance& instance) { return instance.valid; };
    if (has_none && std::ranges::none_of(test.instances, is_valid)) return verdict;
    verdict.refusal = start.refusal().message;
    verdict.refused_at = start.refusal().where;
    return verdict;
  }
  grammar.set_start(*start);
  for (const Instance& instance : test.instances) {
    for (const Style style : {Style::compact, Style::lines, Style::escaped}) {
      const std::string text = write(instance.value, style);
      grammar.fuel().refill();
      Recognizer recognizer(grammar);
      const bool accepted = recognizer.advance(text) && recognizer.is_complete();
      // Other spellings of strings may be left out (unique items have one), but let nothing in.
      if (accepted == instance.valid || (style == Style::escaped && !accepted)) continue;
      (accepted ? verdict.wrong_accepts : verdict.wrong_rejects).push_back(text);
      break;
    }
  }
  return verdict;
}

void Score::add(const Case& test, const Verdict& verdict) {
  ++total;
  compile_ms.push_back(verdict.compile_ms);
  right += verdict.is_right() ? 1 : 0;
  with_wrong_accepts += verdict.wrong_accepts.empty() ? 0 : 1;
  if (verdict.refusal) {
    refused_[*verdict.refusal].push_back(test.name + " at " + verdict.refused_at);
  }
  const auto list = [&](const char* what, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      mistakes_.push_back(std::string(what) + ": " + test.name + ": " + text.substr(0, 200));
    }
  };
  list("wrong accept", verdict.wrong_accepts);
  list("wrong reject", verdict.wrong_rejects);
}

void Score::print(bool every_refusal) const {
  std::printf("%s: %zu of %zu schemas right, %zu with wrong accepts\n", name_.c_str(), right, total,
              with_wrong_accepts);
  for (const std::string& mistake : mistakes_) std::printf("  %s\n", mistake.c_str());
  for (const auto& [message, places] : refused_) {
    std::printf("  refused %zu: %s\n", places.size(), message.c_str());
    if (!every_refusal) continue;
    for (const std::string& place : places) std::printf("    %s\n", place.c_str());
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_gzip(const std::filesystem::path& path) {
  std::string text;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  char buffer[1 << 16];
  for (int size = 0; (size = gzread(file, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  gzclose(file);
  return text;
}

Value read_json(std::string_view text) {
  static runtime::grammar::Arena arena;
  const auto value = runtime::grammar::json::parse(arena, text);
  if (!value) {
    ADD_FAILURE() << value.refusal().message << " at " << value.refusal().where;
    return {};
  }
  return **value;
}

}  // namespace tests::schema
