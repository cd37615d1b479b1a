// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/value_reader.h"

#include "runtime/host/ascii.h"

namespace runtime::host {
namespace {

constexpr std::size_t kMaxDepth = 512;
constexpr std::size_t kMaxWord = 512;

bool is_name(char byte) { return is_letter(byte) || byte == '_'; }

bool is_word(char byte) {
  return is_digit(byte) || is_name(byte) || byte == '+' || byte == '-' || byte == '.';
}

// [-] digits [. digits] [e [sign] digits], with no digit before the first but a single 0.
bool is_number(std::string_view word) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < word.size() && is_digit(word[at])) ++at;
    return at - first;
  };
  if (at < word.size() && word[at] == '-') ++at;
  const bool zero = at < word.size() && word[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < word.size() && word[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    ++at;
    if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == word.size();
}

// The word as JSON; empty where it is none.
std::string_view json_word(std::string_view word, Spelling spelling) {
  if (word == "true" || word == "false" || word == "null" || is_number(word)) return word;
  if (spelling != Spelling::python) return {};
  if (word == "True") return "true";
  if (word == "False") return "false";
  return word == "None" ? "null" : "";
}

}  // namespace

void append_json_byte(char byte, std::string& json) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      json += "\\\"";
      return;
    case '\\':
      json += "\\\\";
      return;
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(byte);
  if (code >= 0x20) {
    json += byte;
    return;
  }
  json += "\\u00";
  json += kDigits[code >> 4];
  json += kDigits[code & 15];
}

ValueReader::Status ValueReader::read(std::string_view text, std::string& json, std::size_t& used) {
  used = 0;
  while (used < text.size() && place_ != Place::failed && place_ != Place::done)
    if (step(text[used], json)) ++used;
  if (place_ == Place::done) return Status::done;
  return place_ == Place::failed ? Status::failed : Status::more;
}

ValueReader::Status ValueReader::finish(std::string& json) {
  if (place_ == Place::word && objects_.empty()) end_word(json);
  return place_ == Place::done ? Status::done : Status::failed;
}

bool ValueReader::step(char byte, std::string& json) {
  switch (place_) {
    case Place::string:
      step_string(byte, json);
      return true;
    case Place::quote:
      step_quote(byte, json);
      return true;
    case Place::escape:
      step_escape(byte, json);
      return true;
    case Place::hex:
      json += byte;
      if (hex_value(byte) < 0) {
        place_ = Place::failed;
      } else if (++hex_digits_ == 4) {
        place_ = Place::string;
      }
      return true;
    case Place::word:
      if (!is_word(byte)) {
        end_word(json);
        return false;
      }
      word_ += byte;
      if (word_.size() > kMaxWord) place_ = Place::failed;
      return true;
    case Place::bare_key:
      if (byte != ':' && !is_space(byte)) {
        append_json_byte(byte, json);
        return true;
      }
      json += '"';
      place_ = Place::colon;
      return false;
    default:
      break;
  }
  if (is_space(byte)) {
    json += byte;
    return true;
  }
  switch (place_) {
    case Place::first_item:
      if (byte == ']') return close(byte, json), true;
      return begin_value(byte, json);
    case Place::value:
      return begin_value(byte, json);
    case Place::first_key:
      if (byte == '}') return close(byte, json), true;
      return begin_key(byte, json);
    case Place::key:
      return begin_key(byte, json);
    case Place::colon:
      json += byte;
      place_ = byte == ':' ? Place::value : Place::failed;
      return true;
    case Place::after:
      if (byte == ',') {
        json += byte;
        place_ = objects_.back() ? Place::key : Place::value;
      } else {
        close(byte, json);
      }
      return true;
    default:
      place_ = Place::failed;
      return true;
  }
}

bool ValueReader::begin_value(char byte, std::string& json) {
  if (byte == '{' || byte == '[') return open(byte, json), true;
  if (spelling_ == Spelling::quoted && byte == quote_.front()) {
    json += '"';
    place_ = Place::string;
    quoted_ = 0;
    delimiter_ = 0;  // the opening quote is still to come
    step_quote(byte, json);
    return true;
  }
  if (byte == '"' || (byte == '\'' && spelling_ == Spelling::python)) {
    json += '"';
    delimiter_ = byte;
    place_ = Place::string;
    return true;
  }
  word_.clear();
  place_ = is_digit(byte) || is_name(byte) || byte == '-' ? Place::word : Place::failed;
  return place_ == Place::failed;
}

bool ValueReader::begin_key(char byte, std::string& json) {
  in_key_ = true;
  if (byte == '"' || (byte == '\'' && spelling_ == Spelling::python)) {
    begin_value(byte, json);
    return true;
  }
  const bool bare = spelling_ == Spelling::quoted && is_word(byte);
  place_ = bare ? Place::bare_key : Place::failed;
  in_key_ = false;
  if (bare) json += '"';
  return !bare;
}

void ValueReader::step_string(char byte, std::string& json) {
  if (byte == delimiter_) {
    end_string(json);
  } else if (byte == '\\') {
    place_ = Place::escape;
  } else {
    append_json_byte(byte, json);
  }
}

// Between quotes of several bytes there are no escapes; the longest beginning of a quote waits.
void ValueReader::step_quote(char byte, std::string& json) {
  place_ = Place::quote;
  const bool opening = delimiter_ == 0;
  if (byte == quote_[quoted_]) {
    if (++quoted_ < quote_.size()) return;
    quoted_ = 0;
    if (opening) {
      delimiter_ = quote_.front();
    } else {
      end_string(json);
    }
    return;
  }
  if (opening) {
    place_ = Place::failed;
    return;
  }
  std::string waiting(quote_.substr(0, quoted_));
  waiting += byte;
  quoted_ = 0;
  std::size_t certain = 1;
  while (!quote_.starts_with(std::string_view(waiting).substr(certain))) ++certain;
  for (std::size_t i = 0; i < certain; ++i) append_json_byte(waiting[i], json);
  quoted_ = waiting.size() - certain;
}

void ValueReader::step_escape(char byte, std::string& json) {
  place_ = Place::string;
  if (byte == '\'' || (spelling_ == Spelling::python && byte == '\n')) {
    if (byte == '\'') json += byte;  // Python: \' is ', and a backslash joins two lines
    return;
  }
  static constexpr std::string_view kEscapes = "\"\\/bfnrtu";
  if (kEscapes.find(byte) == std::string_view::npos) {
    json += "\\\\";  // no escape of JSON: the backslash itself is meant
    append_json_byte(byte, json);
    return;
  }
  json += '\\';
  json += byte;
  if (byte == 'u') {
    place_ = Place::hex;
    hex_digits_ = 0;
  }
}

void ValueReader::open(char bracket, std::string& json) {
  json += bracket;
  if (objects_.size() >= kMaxDepth) {
    place_ = Place::failed;
    return;
  }
  objects_.push_back(bracket == '{');
  place_ = bracket == '{' ? Place::first_key : Place::first_item;
}

void ValueReader::close(char bracket, std::string& json) {
  if (bracket != (objects_.back() ? '}' : ']')) {
    place_ = Place::failed;
    return;
  }
  json += bracket;
  objects_.pop_back();
  end_value();
}

void ValueReader::end_word(std::string& json) {
  const std::string_view word = json_word(word_, spelling_);
  json += word;
  if (word.empty()) {
    place_ = Place::failed;
  } else {
    end_value();
  }
}

void ValueReader::end_value() { place_ = objects_.empty() ? Place::done : Place::after; }

void ValueReader::end_string(std::string& json) {
  json += '"';
  if (in_key_) {
    in_key_ = false;
    place_ = Place::colon;
  } else {
    end_value();
  }
}

}  // namespace runtime::host
