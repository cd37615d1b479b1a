// SPDX-License-Identifier: Apache-2.0
// write_bundle: everything that a runtime needs of one model, in one folder:
//
//   SmolLM2-135M-q4f16_1/
//     model.json        what is here and what it asks for (manifest.h)
//     model.wasm        plan functions and kernels
//     tokenizer.bin     if the model has a tokenizer
//     weights/*.bin     segments, named by content
//     LICENSE, README.md ...
//
// The folder appears when it is complete (output_folder.h); until then, and after an error, nothing
// has its name. After a killed process the next one goes on, if options.resume_key says that it is
// the same conversion.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "codegen/bundle/manifest.h"
#include "codegen/bundle/program_section.h"
#include "codegen/weights/weight_writer.h"
#include "ir/graph/graph.h"
#include "ir/kernel/program.h"

namespace codegen::bundle {

struct BundleParts {
  BundleDescription description;
  const ir::graph::Graph& graph;  // its weights are those of the program
  const ir::kernel::Program& program;
  const ProgramSection& section;      // make_program_section(program, ...)
  std::span<const std::byte> module;  // compile_plan(program, {program_section_of(section)})
  std::optional<std::span<const std::byte>> tokenizer;
  std::vector<std::filesystem::path> licence_files;
  std::optional<std::filesystem::path> model_card;
};

struct WrittenBundle {
  std::filesystem::path folder;
  std::uint64_t bytes = 0;           // of all files
  std::size_t resumed_segments = 0;  // taken over from a process that was killed
  Manifest manifest;
  std::vector<weights::TensorError> errors;  // of the manifest's tensors, if they were measured
  std::vector<ir::Diagnostic> warnings;
};

// Hash of program and encodings, no weights: equal for models that differ in training only.
std::string library_hash(const ProgramSection& section,
                         std::span<const ir::graph::WeightDecl> weights);

// Errors: those of OutputFolder and write_weights, disk_full before anything is written, and
// file_unreadable of a licence file.
ir::Result<WrittenBundle> write_bundle(const std::filesystem::path& folder,
                                       const BundleParts& parts, const ir::TensorSource& source,
                                       const weights::WeightOptions& options);

}  // namespace codegen::bundle
