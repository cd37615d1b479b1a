// SPDX-License-Identifier: Apache-2.0
// What the files of exported functions share. exports.cpp has the table of tokenizers and
// sequences, sampling_exports.cpp that of samplers and stop strings.
//
//   EXPORT(stops_found) std::int32_t stops_found(const OpenStops* open) { ... }
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/host/tokenizer.h"

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace runtime::host {

constexpr std::int32_t kFailed = -100;

struct OpenTokenizer {
  std::byte* file;  // from alloc
  Tokenizer tokenizer;
  Tokenizer::Scratch scratch;
  std::string guarded;             // text of the last guard
  std::vector<std::uint32_t> ids;  // of the last encode
};

}  // namespace runtime::host
