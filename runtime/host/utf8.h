// SPDX-License-Identifier: Apache-2.0
// UTF-8, one character at a time, with the rules of the WHATWG decoder: of malformed bytes, each
// longest beginning of a character counts as one fault.
//
//   decode_utf8("é")      -> {U+00E9, 2 bytes, valid}
//   decode_utf8("\xE2\x82")  -> {2 bytes, incomplete}    more bytes could complete it
//   decode_utf8("\xE2x")  -> {1 byte, malformed}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runtime::host {

inline constexpr char32_t kReplacementCharacter = 0xfffd;

struct Utf8Character {
  enum class State : std::uint8_t { valid, malformed, incomplete };
  char32_t code_point = kReplacementCharacter;
  std::uint32_t bytes = 0;
  State state = State::malformed;
};

inline bool is_utf8_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// The rule in full, for any text that is not empty.
inline Utf8Character decode_any_utf8(std::string_view text) {
  using State = Utf8Character::State;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, State::valid};
  if (lead < 0xc2 || lead > 0xf4) return {kReplacementCharacter, 1, State::malformed};
  const std::uint32_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and values above U+10FFFF.
  unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  char32_t code_point = lead & (0x7fU >> length);
  for (std::uint32_t i = 1; i < length; ++i) {
    if (i == text.size()) return {kReplacementCharacter, i, State::incomplete};
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < low || byte > high) return {kReplacementCharacter, i, State::malformed};
    code_point = (code_point << 6) | (byte & 0x3fU);
    low = 0x80;
    high = 0xbf;
  }
  return {code_point, length, State::valid};
}

// The first character of `text`, which is not empty. What most texts are made of comes first:
// ASCII, and valid characters of three bytes.
inline Utf8Character decode_utf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, Utf8Character::State::valid};
  if (text.size() >= 3 && lead > 0xe0 && lead < 0xf0 && lead != 0xed) {
    const std::uint32_t second = static_cast<unsigned char>(text[1]) ^ 0x80U;
    const std::uint32_t third = static_cast<unsigned char>(text[2]) ^ 0x80U;
    if ((second | third) < 0x40)
      return {(lead & 0xfU) << 12 | second << 6 | third, 3, Utf8Character::State::valid};
  }
  return decode_any_utf8(text);
}

// Writes up to four bytes; returns where the next ones go. `code_point` must be one: at most
// U+10FFFF.
inline char* write_utf8(char32_t code_point, char* out) {
  const auto put = [&out](char32_t bits) { *out++ = static_cast<char>(bits); };
  if (code_point < 0x80) {
    put(code_point);
    return out;
  }
  if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
  }
  put(0x80 | (code_point & 0x3f));
  return out;
}

inline void append_utf8(char32_t code_point, std::string& out) {
  char bytes[4];
  out.append(bytes, write_utf8(code_point, bytes));
}

// The last character of `text`, which is not empty.
inline Utf8Character last_utf8(std::string_view text) {
  std::size_t start = text.size() - 1;
  while (start > 0 && text.size() - start < 4 && is_utf8_continuation(text[start])) --start;
  const Utf8Character character = decode_utf8(text.substr(start));
  if (character.bytes == text.size() - start) return character;
  return {kReplacementCharacter, 1, Utf8Character::State::malformed};
}

// Unicode's property White_Space.
inline bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

// Where the white space that ends at `end` begins, at the earliest at `from`.
inline std::size_t white_space_before(std::string_view text, std::size_t end, std::size_t from) {
  while (end > from) {
    const Utf8Character character = last_utf8(text.substr(from, end - from));
    if (!is_white_space(character.code_point)) break;
    end -= character.bytes;
  }
  return end;
}

// Where the white space that begins at `start` ends.
inline std::size_t white_space_after(std::string_view text, std::size_t start) {
  while (start < text.size()) {
    const Utf8Character character = decode_utf8(text.substr(start));
    if (!is_white_space(character.code_point)) break;
    start += character.bytes;
  }
  return start;
}

}  // namespace runtime::host
