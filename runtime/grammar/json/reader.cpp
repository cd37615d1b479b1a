// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/host/ascii.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::json {
namespace {

using host::decimal;
using host::is_digit;
using host::Utf8Character;
using Kind = Value::Kind;

// Recursive descent. After the first fault every function returns at once.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Value> read();

 private:
  void read_value(Value& value, std::uint32_t depth);
  void read_array(Value& value, std::uint32_t depth);
  void read_object(Value& value, std::uint32_t depth);
  void read_word(std::string_view word);
  void read_number(std::string& out);
  void read_string(std::string& out);
  void read_escape(std::string& out);
  char32_t read_code_unit();
  void skip_digits();
  void skip_whitespace();
  void keep_last_of_equal_keys(List<Member>& members);

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void fail(const char* message) {
    if (message_ != nullptr) return;
    message_ = message;
    fault_ = at_;
  }
  bool failed() const { return message_ != nullptr; }

  std::string_view text_;
  std::size_t at_ = 0;
  const char* message_ = nullptr;
  std::size_t fault_ = 0;
};

Result<Value> Reader::read() {
  Value value;
  read_value(value, 0);
  if (!failed() && at_ < text_.size()) fail("something follows the value");
  if (!failed()) return value;
  const std::string_view before = text_.substr(0, fault_);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return Refusal{message_, decimal(line + 1) + ":" + decimal(fault_ - line_start + 1)};
}

void Reader::read_value(Value& value, std::uint32_t depth) {
  if (depth > kMaxDepth) return fail("it nests too deeply");
  skip_whitespace();
  switch (peek()) {
    case '{':
      value.kind = Kind::object;
      read_object(value, depth);
      break;
    case '[':
      value.kind = Kind::array;
      read_array(value, depth);
      break;
    case '"':
      value.kind = Kind::string;
      read_string(value.text);
      break;
    case 't':
      value.boolean = true;
      [[fallthrough]];
    case 'f':
      value.kind = Kind::boolean;
      read_word(value.boolean ? "true" : "false");
      break;
    case 'n':
      read_word("null");
      break;
    default:
      value.kind = Kind::number;
      read_number(value.text);
  }
  skip_whitespace();
}

void Reader::read_array(Value& value, std::uint32_t depth) {
  ++at_;
  skip_whitespace();
  if (take(']')) return;
  while (!failed()) {
    read_value(value.items.emplace_back(), depth + 1);
    if (take(']')) return;
    if (!take(',')) fail("expected , or ]");
  }
}

void Reader::read_object(Value& value, std::uint32_t depth) {
  ++at_;
  skip_whitespace();
  if (take('}')) return;
  while (!failed()) {
    skip_whitespace();
    Member& member = value.members.emplace_back();
    if (peek() != '"') return fail("expected a key");
    read_string(member.key);
    skip_whitespace();
    if (!take(':')) return fail("expected :");
    read_value(member.value, depth + 1);
    if (take('}')) return keep_last_of_equal_keys(value.members);
    if (!take(',')) fail("expected , or }");
  }
}

void Reader::keep_last_of_equal_keys(List<Member>& members) {
  IdTable table;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::uint32_t hash = 0;
    for (const char c : members[i].key) hash = mix(hash, static_cast<unsigned char>(c));
    const std::uint32_t same =
        table.find(hash, [&](std::uint32_t other) { return members[other].key == members[i].key; });
    if (same != IdTable::kNone) {
      members[same].value = std::move(members[i].value);
      continue;
    }
    table.insert(hash, static_cast<std::uint32_t>(kept));
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.resize(kept);
}

void Reader::read_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail("expected a value");
  at_ += word.size();
}

void Reader::skip_digits() {
  if (!is_digit(peek())) return fail("expected a digit");
  while (is_digit(peek())) ++at_;
}

void Reader::read_number(std::string& out) {
  const std::size_t start = at_;
  take('-');
  if (!is_digit(peek())) return fail(at_ == start ? "expected a value" : "expected a digit");
  if (!take('0')) skip_digits();
  if (take('.')) skip_digits();
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    skip_digits();
  }
  out = text_.substr(start, at_ - start);
}

void Reader::read_string(std::string& out) {
  ++at_;
  while (!failed()) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') {
      const Utf8Character character = host::decode_utf8(text_.substr(at_));
      if (character.state != Utf8Character::State::valid) return fail("malformed UTF-8");
      if (character.code_point < 0x20) return fail("a control character in a string");
      at_ += character.bytes;
    }
    out += text_.substr(start, at_ - start);
    if (take('"')) return;
    if (!take('\\')) return fail("the string does not end");
    read_escape(out);
  }
}

void Reader::read_escape(std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t letter =
      at_ < text_.size() ? kLetters.find(text_[at_]) : std::string_view::npos;
  if (letter != std::string_view::npos) {
    ++at_;
    out.push_back(kMeanings[letter]);
    return;
  }
  if (!take('u')) return fail("no such escape");
  char32_t code_point = read_code_unit();
  if (code_point >= 0xd800 && code_point < 0xdc00) {
    if (!take('\\') || !take('u')) return fail("a lone surrogate");
    const char32_t low = read_code_unit();
    if (low < 0xdc00 || low > 0xdfff) return fail("a lone surrogate");
    code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
  } else if (code_point >= 0xdc00 && code_point <= 0xdfff) {
    return fail("a lone surrogate");
  }
  host::append_utf8(code_point, out);
}

char32_t Reader::read_code_unit() {
  char32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = host::hex_value(peek());
    if (digit < 0) {
      fail("expected a hexadecimal digit");
      return 0;
    }
    unit = unit << 4 | static_cast<char32_t>(digit);
    ++at_;
  }
  return unit;
}

void Reader::skip_whitespace() {
  while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') ++at_;
}

}  // namespace

Result<Value> parse(std::string_view text) { return Reader(text).read(); }

}  // namespace runtime::grammar::json
