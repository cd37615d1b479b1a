// SPDX-License-Identifier: Apache-2.0
// A model.json, or the program section of a model.wasm, from a stranger. What is accepted keeps its
// promises, and prints to text that reads back as the same. Seed: tests/fuzz/model.json.
#include <cstdint>

#include "codegen/bundle/manifest.h"
#include "codegen/bundle/program_section.h"
#include "codegen/bundle/wasm_section.h"
#include "ir/support/check.h"

namespace {

using namespace codegen::bundle;  // NOLINT

void check_pieces(const Manifest& manifest) {
  for (const TensorEntry& tensor : manifest.tensors) {
    std::uint64_t covered = 0;
    for (const auto& piece : tensor.pieces) {
      CHECK(piece.segment < manifest.segments.size() && piece.at == covered, "{}", tensor.name);
      const std::uint64_t bytes = manifest.segments[piece.segment].bytes;
      CHECK(piece.offset <= bytes && piece.bytes <= bytes - piece.offset, "{}", tensor.name);
      covered += piece.bytes;
    }
    CHECK(covered == tensor.bytes, "{}", tensor.name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto manifest = parse_manifest(text, "fuzz")) {
    check_pieces(*manifest);
    const std::string printed = to_json(*manifest);
    const auto again = parse_manifest(printed, "printed");
    CHECK(again, "{}", to_string(again.error()));
    CHECK(to_json(*again) == printed, "{}", printed);
  } else {
    CHECK(!manifest.error().message.empty(), "a mute refusal");
  }
  if (const auto program = parse_program_section(text, "fuzz")) {
    const std::string printed = to_json(*program);
    const auto again = parse_program_section(printed, "printed");
    CHECK(again && to_json(*again) == printed, "{}", printed);
  } else {
    CHECK(!program.error().message.empty(), "a mute refusal");
  }
  (void)find_custom_section(std::as_bytes(std::span(bytes, size)), "webllm.program");
  return 0;
}
