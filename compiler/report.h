// SPDX-License-Identifier: Apache-2.0
// What the commands found out, as plain values, and their two forms: JSON for programs (--json,
// documented in compiler/README.md), text for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace compiler {

struct ContextBytes {
  std::uint64_t context = 0;  // tokens
  std::uint64_t bytes = 0;    // of GPU memory
};

struct FileRow {
  std::string path;
  std::uint64_t bytes = 0;
};

struct FunctionRow {
  std::string name;
  std::uint64_t dispatches = 0;  // of a step with one row; of a bundle: the most of any step
};

struct Fact {
  std::string name, value;
};

// How far the stored values of a tensor lie from the model's: root mean square, over that of the
// values.
struct ErrorRow {
  std::string tensor, encoding;
  double relative_error = 0;
};

// webllm-compile model-dir
struct CompileReport {
  std::string bundle;  // path
  std::string model, architecture, quantization;
  std::uint64_t context = 0;
  std::uint64_t bytes = 0;       // of all files
  std::vector<Fact> exceptions;  // matrices stored otherwise, and their encodings
  std::vector<FileRow> files;
  std::vector<ErrorRow> errors;  // with --errors
  std::vector<ContextBytes> gpu_memory;
  std::uint64_t dispatches_per_token = 0;
  std::uint64_t resumed_segments = 0;  // that a killed conversion had finished
  double preparation_cpu_seconds = 0;  // of processors, until all but the weights was ready
  double seconds = 0;
};

struct TensorRow {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
};

// What a model would need in one quantization.
struct Forecast {
  std::string quantization;
  std::uint64_t weight_bytes = 0;
  std::vector<ContextBytes> gpu_memory;
};

// webllm-compile inspect model-dir
struct ModelReport {
  std::string path, name, architecture;
  std::uint64_t parameters = 0;
  std::vector<Fact> config;
  std::optional<std::string> tokenizer;  // the file it is read from
  std::uint64_t tokenizer_pieces = 0;
  std::vector<std::string> chat_templates;
  std::vector<TensorRow> tensors;
  std::vector<Forecast> forecasts;
};

// webllm-compile inspect bundle
struct BundleReport {
  std::string path, model, architecture, quantization, library;
  std::uint64_t parameters = 0, context = 0, bytes = 0;
  std::vector<Fact> exceptions;
  std::vector<FileRow> files;
  std::vector<std::string> kernels;
  std::vector<FunctionRow> functions;
  std::vector<ContextBytes> gpu_memory;
  bool tokenizer = false, chat_template = false;
};

// webllm-compile check bundle
struct TensorCheck {
  std::string name, encoding;
  double relative_error = 0;      // root mean square, of that of the values
  double largest_error = 0;       // of any value
  std::uint64_t other_bytes = 0;  // than are encoded today
  bool wrong = false;
};
struct CheckReport {
  std::string bundle;
  std::string against;  // the model; empty: none
  std::uint64_t files = 0, bytes = 0, tensor_count = 0;
  std::vector<TensorCheck> tensors;  // compared with the model's
};

// webllm-compile eval model-dir
struct EvalReport {
  std::vector<std::uint32_t> prompt_ids, ids;  // `ids` are those generated
  std::optional<std::string> text;             // of `ids`; absent without a tokenizer
  std::optional<std::vector<float>> logits;    // after the last prompt token
};

// webllm-compile compare bundle model-dir
struct Difference {
  std::string provenance, kernel;
  std::uint64_t step = 0;   // tokens compared before it
  std::uint64_t wrong = 0;  // values of the node that leave their bounds
  std::uint64_t index = 0;  // of the first of them, row-major
  double reference = 0, computed = 0, bound = 0;
};
struct CompareReport {
  std::uint64_t tokens = 0, values = 0;  // compared
  double largest_share = 0;              // of the bound that any value used
  std::optional<Difference> first;
};

std::string to_json(const CompileReport& report);
std::string to_json(const ModelReport& report);
std::string to_json(const BundleReport& report);
std::string to_json(const CheckReport& report);
std::string to_json(const EvalReport& report);
std::string to_json(const CompareReport& report);

std::string to_text(const CompileReport& report);
std::string to_text(const ModelReport& report);
std::string to_text(const BundleReport& report);
std::string to_text(const CheckReport& report);
std::string to_text(const CompareReport& report);

}  // namespace compiler
