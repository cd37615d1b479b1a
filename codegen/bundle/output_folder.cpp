// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/output_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "codegen/bundle/read_bundle.h"
#include "codegen/weights/output_file.h"

namespace codegen::bundle {
namespace {

namespace fs = std::filesystem;

ir::Diagnostic output_exists(const fs::path& target, std::string message) {
  return {.kind = ir::DiagnosticKind::output_exists,
          .message = std::move(message),
          .where = {.path = target.string()},
          .help = "name another folder with -o, or remove this one"};
}

std::string described(const ModelInfo& model) {
  return fmt::format("{} ({}, {} parameters)", model.name, model.architecture, model.parameters);
}

// Whether a bundle of `model` may take the name.
ir::Result<void> check_target(const fs::path& target, const ModelInfo& model) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (!fs::is_directory(status))
    return output_exists(target, "a file of this name exists, where a folder is to be made");
  if (fs::is_empty(target, error) && !error) return {};
  const auto manifest = read_manifest(target);
  if (!manifest) {
    ir::Diagnostic fault = output_exists(target, "the folder exists and holds no bundle");
    fault.notes.push_back({manifest.error().message, manifest.error().where});
    return fault;
  }
  if (manifest->about.model == model) return {};
  return output_exists(target, fmt::format("the folder holds a bundle of {}, not of {}",
                                           described(manifest->about.model), described(model)));
}

// A name beside `target` that is ours alone.
fs::path sibling(const fs::path& target, const char* purpose) {
  return target.parent_path() /
         fmt::format(".{}.{}-{}", target.filename().string(), purpose, getpid());
}

}  // namespace

ir::Result<OutputFolder> OutputFolder::create(const fs::path& name, const ModelInfo& model) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(fs::absolute(name, error), error);
  if (!target.has_filename()) target = target.parent_path();  // "out/" is "out"
  TRY_DO(check_target(target, model));
  fs::create_directories(target.parent_path(), error);
  if (error) return weights::write_error(error.value(), target.parent_path(), 0);
  OutputFolder output(target, sibling(target, "partial"));
  fs::remove_all(output.partial_, error);  // of a process that had our number and was killed
  fs::create_directory(output.partial_, error);
  if (error) return weights::write_error(error.value(), output.partial_, 0);
  return output;
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)), partial_(std::exchange(other.partial_, {})) {}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

ir::Result<void> OutputFolder::publish() {
  std::error_code error;
  const fs::path old = sibling(target_, "old");
  fs::rename(target_, old, error);
  const bool replaces = !error;
  if (error && error != std::errc::no_such_file_or_directory)
    return weights::write_error(error.value(), target_, 0);
  fs::rename(partial_, target_, error);
  if (error) {
    const int why = error.value();
    if (replaces) fs::rename(old, target_, error);
    return weights::write_error(why, target_, 0);
  }
  partial_.clear();
  if (replaces) fs::remove_all(old, error);
  return {};
}

}  // namespace codegen::bundle
