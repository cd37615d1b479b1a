// SPDX-License-Identifier: Apache-2.0
// Manifest: model.json, the one contract between compiler, bundle and runtime. model.schema.json
// beside this file describes it; the runtime's reader is runtime/web/load/manifest.ts.
//
//   {"format": "webllm-bundle", "version": 1, "minimum_runtime": 1,
//    "compiler": {...}, "model": {"name": "SmolLM2-135M", ...}, "quantization": "q4f16_1", ...
//    "library": "<hash>", "files": [...], "segments": [...], "tensors": [...],
//    "layers": [...], "memory": [...], "requirements": {...}, "tokenizer": {...}, ...}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codegen/weights/weight_writer.h"
#include "ir/support/result.h"

namespace codegen::bundle {

inline constexpr std::string_view kManifestName = "model.json";
inline constexpr std::string_view kModuleName = "model.wasm";
inline constexpr std::string_view kTokenizerName = "tokenizer.bin";
inline constexpr std::uint32_t kBundleVersion = 1;
inline constexpr std::uint32_t kMinimumRuntime = 1;

using Setting = std::variant<bool, std::int64_t, double, std::string>;
using Settings = std::map<std::string, Setting>;

struct ModelInfo {
  std::string name, architecture;
  std::uint64_t parameters = 0;
  bool operator==(const ModelInfo&) const = default;
};

// What only the caller of the bundle writer knows.
struct BundleDescription {
  std::string compiler_version;
  Settings compiler_options;  // those that decide about the output
  ModelInfo model;
  std::string quantization;
  std::uint32_t context = 0, vocabulary = 0;
  std::vector<std::uint32_t> bos_token_ids, eos_token_ids;
  Settings generation;  // what generation_config.json states
  std::optional<std::string> chat_template;
  std::optional<std::string> tool_template;      // instead of it when there are tools
  std::optional<std::string> tool_format;        // JSON; what templates do not show of it
  std::optional<std::string> response_template;  // JSON of a tool format; counts after templates
};

struct TensorEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string encoding;
  std::uint64_t bytes = 0;
  std::vector<weights::Piece> pieces;
};

// The cost of a layer (or of embedding, last norm, head): what a planner of pipelines needs.
struct LayerCost {
  std::string name;
  std::uint64_t weight_bytes = 0;
  std::uint64_t kv_bytes_per_token = 0;
  std::uint64_t flops_per_token = 0;  // of the weights; attention itself not counted
  std::vector<std::uint32_t> segments;
};

// Predicted bytes on the GPU when one sequence has used `context` tokens.
struct MemoryRow {
  std::uint32_t context = 0;
  std::uint64_t gpu_bytes = 0;
};

struct Requirements {
  std::vector<std::string> features;            // of WebGPU
  std::vector<std::string> optional_features;   // which variants of kernels use
  std::map<std::string, std::uint64_t> limits;  // GPUSupportedLimits: at least
};

// Files of the model that travel along.
struct Licence {
  std::vector<std::string> files;
  std::optional<std::string> card;  // README.md
};

struct Manifest {
  BundleDescription about;
  std::string
      library;  // sha256 of program and encodings: bundles of equal library differ in weights
  std::vector<weights::WrittenFile> files;     // all but model.json itself
  std::vector<weights::WrittenFile> segments;  // those of `files` that hold weights
  std::vector<TensorEntry> tensors;            // in the program's order
  std::vector<LayerCost> layers;
  std::vector<MemoryRow> memory;
  Requirements requirements;
  bool has_tokenizer = false;
  std::optional<Licence> licence;
};

// One line per file, tensor, layer: readable and small.
std::string to_json(const Manifest& manifest);

// All sizes, indices and paths are checked against each other; `file` is named in errors. Errors:
// malformed_json, malformed_bundle, unsupported_bundle.
ir::Result<Manifest> parse_manifest(std::string_view json, const std::string& file);

}  // namespace codegen::bundle
