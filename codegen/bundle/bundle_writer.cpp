// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/bundle_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "codegen/bundle/costs.h"
#include "codegen/bundle/output_folder.h"
#include "codegen/weights/output_file.h"
#include "codegen/weights/sha256.h"
#include "ir/support/check.h"

namespace codegen::bundle {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of_text(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Writes one file of the bundle and lists it in the manifest.
ir::Result<void> add_file(const fs::path& folder, std::string_view name,
                          std::span<const std::byte> bytes, Manifest& manifest) {
  TRY_DO(weights::write_file(folder / name, bytes));
  manifest.files.push_back({std::string(name), bytes.size(), weights::sha256_hex(bytes)});
  return {};
}

// The name of a model's own file in the bundle, as a URL and the manifest can carry it.
std::string plain_name(const fs::path& path) {
  std::string name = path.filename().string();
  const std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  for (char& c : name)
    if (plain.find(c) == std::string_view::npos) c = '_';
  return name;
}

ir::Diagnostic uncopyable(const fs::path& path) {
  return {.kind = ir::DiagnosticKind::file_unreadable,
          .message = "cannot be copied into the bundle",
          .where = {.path = path.string()},
          .help = "make the file readable, or take it out of the model folder"};
}

ir::Result<std::string> copy_file(const fs::path& folder, const fs::path& from,
                                  Manifest& manifest) {
  std::ifstream in(from, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open()) return uncopyable(from);
  std::string name = plain_name(from);
  TRY_DO(add_file(folder, name, bytes_of_text(text), manifest));
  return name;
}

ir::Result<void> add_licence(const fs::path& folder, const BundleParts& parts, Manifest& manifest) {
  if (parts.licence_files.empty() && !parts.model_card) return {};
  Licence licence;
  for (const fs::path& file : parts.licence_files) {
    TRY(std::string name, copy_file(folder, file, manifest));
    licence.files.push_back(std::move(name));
  }
  if (parts.model_card) {
    TRY(std::string name, copy_file(folder, *parts.model_card, manifest));
    licence.card = std::move(name);
  }
  manifest.licence = std::move(licence);
  return {};
}

void add_weights(const BundleParts& parts, const weights::WrittenWeights& written,
                 Manifest& manifest) {
  manifest.segments = written.segments;
  manifest.files.insert(manifest.files.end(), written.segments.begin(), written.segments.end());
  for (std::size_t i = 0; i < parts.graph.weights.size(); ++i) {
    const ir::graph::WeightDecl& weight = parts.graph.weights[i];
    manifest.tensors.push_back({.name = weight.name,
                                .shape = weight.shape,
                                .encoding = std::string(name_of(weight.encoding)),
                                .bytes = weights::layout_of(weight).bytes(),
                                .pieces = written.pieces[i]});
  }
}

// Beside what an earlier attempt has left in `folder`, and what it may not use of it is removed.
std::uint64_t needed_bytes(const fs::path& folder, const BundleParts& parts,
                           std::uint64_t segment_bytes) {
  std::uint64_t there = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder / "weights", ignored))
    there += entry.is_regular_file(ignored) ? entry.file_size(ignored) : 0;
  const std::uint64_t all = weights::plan_segments(parts.graph.weights, segment_bytes).bytes() +
                            parts.module.size() + (parts.tokenizer ? parts.tokenizer->size() : 0);
  return all > there ? all - there : 0;
}

void check_same_weights(const BundleParts& parts) {
  CHECK(parts.program.weights.size() == parts.graph.weights.size(),
        "the program has {} weights, the graph {}", parts.program.weights.size(),
        parts.graph.weights.size());
  for (std::size_t i = 0; i < parts.graph.weights.size(); ++i) {
    const ir::graph::WeightDecl& weight = parts.graph.weights[i];
    const ir::kernel::StoredTensor& stored = parts.program.weights[i];
    CHECK(stored.name == weight.name && stored.shape == weight.shape &&
              stored.encoding == weight.encoding,
          "weight {} is {} in the graph and {} in the program", i, weight.name, stored.name);
  }
}

}  // namespace

std::string library_hash(const ProgramSection& section,
                         std::span<const ir::graph::WeightDecl> weights) {
  std::string text = to_json(section);
  for (const ir::graph::WeightDecl& weight : weights)
    text += fmt::format("\n{} {} [{}]", weight.name, name_of(weight.encoding),
                        fmt::join(weight.shape, ", "));
  return weights::sha256_hex(text);
}

ir::Result<WrittenBundle> write_bundle(const fs::path& folder, const BundleParts& parts,
                                       const ir::TensorSource& source,
                                       const weights::WeightOptions& options) {
  check_same_weights(parts);
  TRY(OutputFolder output, OutputFolder::create(folder, parts.description.model));
  TRY_DO(weights::check_free_space(output.path(),
                                   needed_bytes(output.path(), parts, options.segment_bytes)));

  Manifest manifest{.about = parts.description,
                    .library = library_hash(parts.section, parts.graph.weights)};
  TRY_DO(add_file(output.path(), kModuleName, parts.module, manifest));
  manifest.has_tokenizer = parts.tokenizer.has_value();
  if (parts.tokenizer) TRY_DO(add_file(output.path(), kTokenizerName, *parts.tokenizer, manifest));
  TRY_DO(add_licence(output.path(), parts, manifest));
  TRY(weights::WrittenWeights written,
      weights::write_weights(parts.graph.weights, source, output.path(), options));
  add_weights(parts, written, manifest);
  manifest.layers = layer_costs(parts.graph, parts.program, parts.section, written.pieces);
  manifest.memory = predict_memory(parts.section);
  manifest.requirements = requirements_of(parts.program, parts.section);

  const std::string json = to_json(manifest);
  TRY_DO(weights::write_file(output.path() / kManifestName, bytes_of_text(json)));
  TRY_DO(output.publish());

  WrittenBundle bundle{
      .folder = output.target(), .bytes = json.size(), .resumed_segments = written.resumed};
  for (const weights::WrittenFile& file : manifest.files) bundle.bytes += file.bytes;
  bundle.manifest = std::move(manifest);
  bundle.errors = std::move(written.errors);
  bundle.warnings = std::move(written.warnings);
  return bundle;
}

}  // namespace codegen::bundle
