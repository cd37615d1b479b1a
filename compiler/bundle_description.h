// SPDX-License-Identifier: Apache-2.0
// What a bundle says about its model and how it was made, and where it goes.
#pragma once

#include <filesystem>

#include "codegen/bundle/manifest.h"
#include "compiler/model.h"
#include "compiler/options.h"
#include "compiler/report.h"

namespace compiler {

codegen::bundle::BundleDescription describe_bundle(const Options& options, const Model& model);

// The --passes that a bundle was compiled with.
std::vector<std::string> passes_of(const codegen::bundle::BundleDescription& about);
ir::Result<std::vector<WeightRule>> rules_of(const codegen::bundle::BundleDescription& about);

// -o, else <model name>-<quantization> in the current folder.
std::filesystem::path output_folder(const Options& options, const Model& model);

// The matrices that are stored otherwise than the bundle's quantization says, with their encodings.
std::vector<Fact> stored_otherwise(const codegen::bundle::Manifest& manifest);

// The files of a bundle, of `bytes` together; model.json, which does not list itself, is the rest.
std::vector<FileRow> file_rows(const codegen::bundle::Manifest& manifest, std::uint64_t bytes);

}  // namespace compiler
