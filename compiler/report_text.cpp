// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <span>

#include "compiler/amounts.h"
#include "compiler/report.h"

namespace compiler {
namespace {

void line(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{:<16}{}\n", name, value);
}

// "210 MB at 256 tokens, 240 MB at 4096 tokens": the smallest and the largest row.
std::string memory_range(const std::vector<ContextBytes>& memory) {
  std::string text;
  for (const ContextBytes& row : memory)
    if (&row == &memory.front() || &row == &memory.back())
      text += fmt::format("{}{} at {} tokens", text.empty() ? "" : ", ", format_bytes(row.bytes),
                          row.context);
  return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// "lm_head.weight q8, model.layers.3.mlp.down_proj.weight q8, and 4 more"
void exceptions_line(std::string& text, const std::vector<Fact>& exceptions) {
  if (exceptions.empty()) return;
  constexpr std::size_t kShown = 2;
  std::string names;
  for (const Fact& row : std::span(exceptions).first(std::min(kShown, exceptions.size())))
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", row.name, row.value);
  if (exceptions.size() > kShown) names += fmt::format(", and {} more", exceptions.size() - kShown);
  line(text, "stored apart", names);
}

void error_table(std::string& text, std::vector<ErrorRow> errors) {
  if (errors.empty()) return;
  constexpr std::size_t kShown = 10;
  std::stable_sort(errors.begin(), errors.end(), [](const ErrorRow& a, const ErrorRow& b) {
    return a.relative_error > b.relative_error;
  });
  text += fmt::format("\nwhat tensors lose, the worst of {}\n", errors.size());
  for (const ErrorRow& row : std::span(errors).first(std::min(kShown, errors.size())))
    text +=
        fmt::format("{:>9.4f} %  {:<8}  {}\n", 100 * row.relative_error, row.encoding, row.tensor);
  text += "\n";
}

template <class Row>
std::size_t widest(const std::vector<Row>& rows, const std::string Row::* member) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, (row.*member).size());
  return width;
}

void tensor_table(std::string& text, const std::vector<TensorRow>& tensors) {
  const std::size_t names = widest(tensors, &TensorRow::name);
  const std::size_t dtypes = widest(tensors, &TensorRow::dtype);
  text += fmt::format("\n{} tensors\n", tensors.size());
  for (const TensorRow& row : tensors)
    text += fmt::format("  {:<{}}  {:<{}}  {:<16}{:>10}\n", row.name, names, row.dtype, dtypes,
                        shape_text(row.shape), format_bytes(row.bytes));
}

void file_table(std::string& text, const std::vector<FileRow>& files) {
  const std::size_t paths = widest(files, &FileRow::path);
  text += fmt::format("\n{} files\n", files.size());
  for (const FileRow& row : files)
    text += fmt::format("  {:<{}}  {:>10}\n", row.path, paths, format_bytes(row.bytes));
}

}  // namespace

std::string to_text(const CompileReport& report) {
  std::string text;
  line(text, "bundle", report.bundle);
  line(text, "download",
       fmt::format("{} in {} files", format_bytes(report.bytes), report.files.size()));
  exceptions_line(text, report.exceptions);
  line(text, "GPU memory", memory_range(report.gpu_memory));
  line(text, "dispatches", fmt::format("{} per token", report.dispatches_per_token));
  line(text, "time", format_seconds(report.seconds));
  if (report.resumed_segments > 0)
    line(text, "resumed", fmt::format("{} segments were there already", report.resumed_segments));
  error_table(text, report.errors);
  text += fmt::format("try it: webllm-compile serve {}\n", report.bundle);
  return text;
}

std::string to_text(const ModelReport& report) {
  std::string text;
  line(text, "model", report.name);
  line(text, "path", report.path);
  line(text, "architecture", report.architecture);
  line(text, "parameters",
       fmt::format("{} ({})", format_count(report.parameters), report.parameters));
  line(text, "tokenizer",
       report.tokenizer ? fmt::format("{}, {} pieces", *report.tokenizer, report.tokenizer_pieces)
                        : "none: token ids only");
  line(text, "chat template",
       report.chat_templates.empty() ? "none"
                                     : fmt::format("{}", fmt::join(report.chat_templates, ", ")));
  text += "\nconfiguration\n";
  const std::size_t names = widest(report.config, &Fact::name);
  for (const Fact& fact : report.config)
    text += fmt::format("  {:<{}}  {}\n", fact.name, names, fact.value);
  text += "\nwhat it would need\n";
  for (const Forecast& row : report.forecasts)
    text += fmt::format("  {:<10}{:>10} of weights; GPU memory {}\n", row.quantization,
                        format_bytes(row.weight_bytes), memory_range(row.gpu_memory));
  tensor_table(text, report.tensors);
  return text;
}

std::string to_text(const BundleReport& report) {
  std::string text;
  line(text, "bundle", report.path);
  line(text, "model", report.model);
  line(text, "architecture", report.architecture);
  line(text, "parameters", format_count(report.parameters));
  line(text, "quantization", report.quantization);
  exceptions_line(text, report.exceptions);
  line(text, "context", fmt::format("{} tokens", report.context));
  line(text, "download", format_bytes(report.bytes));
  line(text, "GPU memory", memory_range(report.gpu_memory));
  line(text, "tokenizer", report.tokenizer ? "yes" : "none: token ids only");
  line(text, "chat template", report.chat_template ? "yes" : "none");
  line(text, "library", report.library);
  text += fmt::format("\n{} functions\n", report.functions.size());
  for (const FunctionRow& row : report.functions)
    text += fmt::format("  {:<16}{:>6} dispatches at most\n", row.name, row.dispatches);
  text += fmt::format("\n{} kernels\n", report.kernels.size());
  for (const std::string& kernel : report.kernels) text += fmt::format("  {}\n", kernel);
  file_table(text, report.files);
  return text;
}

std::string to_text(const CheckReport& report) {
  std::string text;
  line(text, "bundle", report.bundle);
  line(text, "files",
       fmt::format("{} with the right hashes, {}", report.files, format_bytes(report.bytes)));
  line(text, "tensors", fmt::format("{} in place", report.tensor_count));
  if (report.against.empty()) return text;
  line(text, "against", report.against);
  const std::size_t names = widest(report.tensors, &TensorCheck::name);
  text += fmt::format("\n  {:<{}}  {:<9}{:>10}{:>12}\n", "tensor", names, "encoding", "error",
                      "largest");
  for (const TensorCheck& row : report.tensors)
    text += fmt::format("  {:<{}}  {:<9}{:>8.3f} %{:>12.3g}{}\n", row.name, names, row.encoding,
                        100 * row.relative_error, row.largest_error,
                        row.wrong ? "  not the model's" : "");
  return text;
}

std::string to_text(const CompareReport& report) {
  if (!report.first)
    return fmt::format(
        "equal: {} values over {} tokens; the largest difference is {:.1f} % of its "
        "bound\n",
        report.values, report.tokens, 100 * report.largest_share);
  const Difference& d = *report.first;
  return fmt::format(
      "differs at {} (kernel {}) after {} equal tokens: {} values, the first at index {}\n"
      "  reference {}\n  computed  {}\n  bound     {}\n",
      d.provenance, d.kernel, d.step, d.wrong, d.index, d.reference, d.computed, d.bound);
}

}  // namespace compiler
