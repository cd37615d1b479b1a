// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/list.h"
#include "runtime/host/ascii.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::json {
namespace {

using host::is_digit;
using host::Utf8Character;
using Kind = Value::Kind;

void keep_last_of_equal_keys(List<Member>& members) {
  IdTable table;
  std::size_t kept = 0;
  for (const Member& member : members) {
    const std::uint32_t hash = hash_of(member.key);
    const std::uint32_t same =
        table.find(hash, [&](std::uint32_t other) { return members[other].key == member.key; });
    if (same != IdTable::kNone) {
      members[same].value = member.value;
      continue;
    }
    table.insert(hash, static_cast<std::uint32_t>(kept));
    members[kept++] = member;
  }
  members.resize(kept);
}

// Recursive descent. After the first fault every function returns at once.
class Reader {
 public:
  Reader(Arena& arena, std::string_view text)
      : arena_(arena), text_(text), decoded_(static_cast<char*>(arena.allocate(text.size()))) {}

  Result<const Value*> read();

 private:
  void read_value(Value& value, std::uint32_t depth);
  void read_array(Value& value, std::uint32_t depth);
  void read_object(Value& value, std::uint32_t depth);
  void read_word(std::string_view word);
  std::string_view read_number();
  std::string_view read_string();
  void read_escape();
  char32_t read_code_unit();
  void skip_digits();
  void skip_whitespace();
  template <class T>
  Elements<T> kept(const List<T>& list) {
    const void* copy = arena_.copy(list.data(), list.size() * sizeof(T));
    return {static_cast<const T*>(copy), list.size()};
  }

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

  Arena& arena_;
  std::string_view text_;
  std::size_t at_ = 0;
  char* decoded_;  // behind the numbers and strings so far: none is longer than its spelling
  const char* message_ = nullptr;
  std::size_t fault_ = 0;
};

Result<const Value*> Reader::read() {
  Value value;
  read_value(value, 0);
  if (!failed() && at_ < text_.size()) fail("something follows the value");
  if (!failed()) return static_cast<const Value*>(arena_.copy(&value, sizeof(value)));
  return Refusal{message_, line_and_column(arena_, text_, fault_)};
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
      value.text = read_string();
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
      value.text = read_number();
  }
  skip_whitespace();
}

void Reader::read_array(Value& value, std::uint32_t depth) {
  List<Value> items;
  ++at_;
  skip_whitespace();
  if (take(']')) return;
  while (!failed()) {
    read_value(items.emplace_back(), depth + 1);
    if (take(']')) break;
    if (!take(',')) fail("expected , or ]");
  }
  value.items = kept(items);
}

void Reader::read_object(Value& value, std::uint32_t depth) {
  List<Member> members;
  ++at_;
  skip_whitespace();
  if (take('}')) return;
  while (!failed()) {
    skip_whitespace();
    Member& member = members.emplace_back();
    if (peek() != '"') return fail("expected a key");
    member.key = read_string();
    skip_whitespace();
    if (!take(':')) return fail("expected :");
    read_value(member.value, depth + 1);
    if (take('}')) break;
    if (!take(',')) fail("expected , or }");
  }
  keep_last_of_equal_keys(members);
  value.members = kept(members);
}

void Reader::read_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail("expected a value");
  at_ += word.size();
}

void Reader::skip_digits() {
  if (!is_digit(peek())) return fail("expected a digit");
  while (is_digit(peek())) ++at_;
}

std::string_view Reader::read_number() {
  const std::size_t start = at_;
  take('-');
  if (!is_digit(peek())) fail(at_ == start ? "expected a value" : "expected a digit");
  if (!take('0')) skip_digits();
  if (take('.')) skip_digits();
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    skip_digits();
  }
  const std::size_t size = text_.copy(decoded_, at_ - start, start);
  decoded_ += size;
  return {decoded_ - size, size};
}

std::string_view Reader::read_string() {
  const char* const start = decoded_;
  ++at_;
  while (!take('"') && !failed()) {
    if (at_ == text_.size()) {
      fail("the string does not end");
    } else if (take('\\')) {
      read_escape();
    } else {
      const Utf8Character character = host::decode_utf8(text_.substr(at_));
      if (character.state != Utf8Character::State::valid) fail("malformed UTF-8");
      if (character.code_point < 0x20) fail("a control character in a string");
      decoded_ += text_.copy(decoded_, character.bytes, at_);
      at_ += character.bytes;
    }
  }
  return {start, decoded_};
}

void Reader::read_escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t letter =
      at_ < text_.size() ? kLetters.find(text_[at_]) : std::string_view::npos;
  if (letter != std::string_view::npos) {
    ++at_;
    *decoded_++ = kMeanings[letter];
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
  decoded_ = host::write_utf8(code_point, decoded_);
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

Result<const Value*> parse(Arena& arena, std::string_view text) {
  return Reader(arena, text).read();
}

}  // namespace runtime::grammar::json
