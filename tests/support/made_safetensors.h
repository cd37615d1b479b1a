// SPDX-License-Identifier: Apache-2.0
// The bytes of a safetensors file from a readable description, right or wrong on purpose:
//
//   # one comment
//   tensor norm.weight F32 8     a tensor; all of these together give header and data, zeros
//   tensor norm.weight F32 8 = nan     the same, but every element is this F32
//   header {"a": {...}}          or: this header, with its true length before it
//   length 1000000               8 bytes, little endian
//   text version https://...     these characters
//   zeros 32                     this many zero bytes
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

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

// A tensor of a description: "norm.weight F32 8 = 0.5".
struct MadeTensor {
  std::string name;
  std::string dtype;
  std::string shape;  // "8,64"
  std::size_t bytes = 0;
  float value = 0;  // of every element; other than zero for F32 only
};

inline MadeTensor made_tensor(std::istringstream words) {
  MadeTensor tensor;
  words >> tensor.name >> tensor.dtype;
  const std::string& type = tensor.dtype;
  tensor.bytes = type == "F64" || type == "I64" ? 8 : type == "F32" ? 4 : 2;
  std::string word;
  while (words >> word && word != "=") {
    tensor.bytes *= std::stoull(word);
    tensor.shape += (tensor.shape.empty() ? "" : ",") + word;
  }
  if (words >> word) tensor.value = std::stof(word);
  return tensor;
}

inline std::vector<MadeTensor> made_tensors(std::string_view description) {
  constexpr std::string_view kTensor = "tensor ";
  std::vector<MadeTensor> tensors;
  std::istringstream lines{std::string(description)};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(kTensor))
      tensors.push_back(made_tensor(std::istringstream(line.substr(kTensor.size()))));
  return tensors;
}

// The length and the header of the described tensors, without their data.
inline std::string safetensors_header(std::string_view description) {
  std::string header;
  std::size_t begin = 0;
  for (const MadeTensor& tensor : made_tensors(description)) {
    header += (header.empty() ? "\"" : ",\n\"") + tensor.name + R"(":{"dtype":")" + tensor.dtype +
              R"(","shape":[)" + tensor.shape + R"(],"data_offsets":[)" + std::to_string(begin) +
              "," + std::to_string(begin + tensor.bytes) + "]}";
    begin += tensor.bytes;
  }
  return safetensors("{" + header + "}");
}

inline std::string made_safetensors(std::string_view description) {
  std::string bytes;
  const std::vector<MadeTensor> tensors = made_tensors(description);
  if (!tensors.empty()) bytes = safetensors_header(description);
  for (const MadeTensor& tensor : tensors) {
    const auto element = std::bit_cast<std::array<char, 4>>(tensor.value);
    for (std::size_t i = 0; i < tensor.bytes; ++i) bytes += element[i % element.size()];
  }
  std::istringstream lines{std::string(description)};
  for (std::string line; std::getline(lines, line);) {
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.size(), word.size() + 1));
    if (word.empty() || word == "#" || word == "tensor") continue;
    if (word == "header")
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
  return bytes;
}

}  // namespace tests
