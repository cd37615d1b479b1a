// SPDX-License-Identifier: Apache-2.0
// ValueReader: finds the end of one value as a model writes it and says it as JSON, byte by byte.
//
//   json     {"a": "x"}            ->  {"a": "x"}
//   python   {'a': True, "b": []}  ->  {"a": true, "b": []}
//   quoted   {a:<|"|>x<|"|>}       ->  {"a":"x"}
//
// What it appends is always JSON, given that it comes to an end. Control characters in strings are
// escaped, although models that write them break JSON's rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/answer_table.h"

namespace runtime::host {

// Appends a byte of a string as JSON text.
void append_json_byte(char byte, std::string& json);

class ValueReader {
 public:
  enum class Status : std::uint8_t { more, done, failed };

  // `quote` must outlive the reader.
  ValueReader(Spelling spelling, std::string_view quote) : spelling_(spelling), quote_(quote) {}

  // Reads on in `text`; `used` counts the bytes that belong to the value.
  Status read(std::string_view text, std::string& json, std::size_t& used);
  // No more text comes: a number at the end of it is done.
  Status finish(std::string& json);

 private:
  enum class Place : std::uint8_t {
    value,
    first_item,  // a value, or the end of the array
    first_key,   // a key, or the end of the object
    key,
    colon,
    after,  // of a value in a container
    string,
    escape,
    hex,  // the digits after \u
    bare_key,
    word,  // a number, true, false, null
    quote,
    done,
    failed,
  };

  // False: the byte is to be read again at the new place.
  bool step(char byte, std::string& json);
  bool begin_value(char byte, std::string& json);
  bool begin_key(char byte, std::string& json);
  void step_string(char byte, std::string& json);
  void step_quote(char byte, std::string& json);
  void step_escape(char byte, std::string& json);
  void open(char bracket, std::string& json);
  void close(char bracket, std::string& json);
  void end_word(std::string& json);
  void end_value();
  void end_string(std::string& json);

  Spelling spelling_;
  std::string_view quote_;
  Place place_ = Place::value;
  bool in_key_ = false;
  char delimiter_ = '"';
  std::uint8_t hex_digits_ = 0;
  std::size_t quoted_ = 0;     // bytes of `quote_` that were just read
  std::vector<bool> objects_;  // the open containers, from the outside in
  std::string word_;
};

}  // namespace runtime::host
