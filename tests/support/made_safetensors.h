// SPDX-License-Identifier: Apache-2.0
// The bytes of a safetensors file from a readable description, right or wrong on purpose:
//
//   # one comment
//   tensor norm.weight F32 8     a tensor; all of these together give the header and zeros for data
//   header {"a": {...}}          or: this header, with its true length before it
//   length 1000000               8 bytes, little endian
//   text version https://...     these characters
//   zeros 32                     this many zero bytes
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

namespace tests {

inline std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i));
  return bytes;
}

// A whole file: the header with its length, then `data_bytes` zeros.
inline std::string safetensors(std::string_view header, std::size_t data_bytes = 0) {
  return length_bytes(header.size()) + std::string(header) + std::string(data_bytes, '\0');
}

// Adds the tensor that `words` describe ("norm.weight F32 8") to a header; returns its bytes.
inline std::uint64_t describe_tensor(std::istringstream& words, std::uint64_t begin,
                                     std::string& header) {
  std::string name;
  std::string dtype;
  words >> name >> dtype;
  std::uint64_t bytes = dtype == "F64" || dtype == "I64" ? 8 : dtype == "F32" ? 4 : 2;
  std::string shape;
  for (std::uint64_t extent = 0; words >> extent; bytes *= extent)
    shape += (shape.empty() ? "" : ",") + std::to_string(extent);
  header += (header.empty() ? "" : ",\n") + ("\"" + name) + R"(":{"dtype":")" + dtype +
            R"(","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(begin) + "," +
            std::to_string(begin + bytes) + "]}";
  return bytes;
}

inline std::string made_safetensors(std::string_view description) {
  std::string bytes;
  std::string header;
  std::uint64_t data_bytes = 0;
  std::istringstream lines{std::string(description)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.size(), word.size() + 1));
    std::istringstream words(rest);
    if (word == "tensor")
      data_bytes += describe_tensor(words, data_bytes, header);
    else if (word == "header")
      bytes += safetensors(rest);
    else if (word == "length")
      bytes += length_bytes(std::stoull(rest));
    else if (word == "text")
      bytes += rest;
    else if (word == "zeros")
      bytes += std::string(std::stoull(rest), '\0');
    else
      ADD_FAILURE() << "not a line of a made file: " << line;
  }
  return header.empty() ? bytes : safetensors("{" + header + "}", data_bytes) + bytes;
}

}  // namespace tests
