// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "codegen/bundle/read_bundle.h"
#include "codegen/weights/journal.h"
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

// A name beside `target`.
fs::path sibling(const fs::path& target, std::string_view purpose) {
  return target.parent_path() / fmt::format(".{}.{}", target.filename().string(), purpose);
}

// Whether what is open as `file` still has the name `path`.
bool is_still(int file, const fs::path& path) {
  struct stat opened{}, named{};
  return fstat(file, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// Creates the folder or takes over what a killed process left of it; returns it opened, and locked
// against other processes until it is closed.
ir::Result<int> take(const fs::path& partial, const fs::path& target) {
  for (;;) {
    if (mkdir(partial.c_str(), 0777) != 0 && errno != EEXIST)
      return weights::write_error(errno, partial, 0);
    const int folder = open(partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT) continue;  // its owner has just finished
    if (folder < 0) return weights::write_error(errno, partial, 0);
    if (flock(folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(folder);
      return output_exists(target, "another process is writing this bundle");
    }
    if (is_still(folder, partial)) return folder;
    close(folder);
  }
}

// All but the weights is made again.
void remove_but_weights(const fs::path& partial) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(partial, ignored))
    if (entry.path().filename() != "weights" && entry.path().filename() != weights::kJournalName)
      stale.push_back(entry.path());
  for (const fs::path& path : stale) fs::remove_all(path, ignored);
}

}  // namespace

ir::Result<OutputFolder> OutputFolder::create(const fs::path& name, const ModelInfo& model) {
  std::error_code error;
  fs::path target = fs::weakly_canonical(fs::absolute(name, error), error);
  if (!target.has_filename()) target = target.parent_path();  // "out/" is "out"
  TRY_DO(check_target(target, model));
  fs::create_directories(target.parent_path(), error);
  if (error) return weights::write_error(error.value(), target.parent_path(), 0);
  const fs::path partial = sibling(target, "partial");
  TRY(const int lock, take(partial, target));
  remove_but_weights(partial);
  return OutputFolder(target, partial, lock);
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)),
      partial_(std::exchange(other.partial_, {})),
      lock_(std::exchange(other.lock_, -1)) {}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
  if (lock_ >= 0) close(lock_);
}

ir::Result<void> OutputFolder::publish() {
  std::error_code error;
  weights::remove_journal(partial_);
  const fs::path old = sibling(target_, fmt::format("old-{}", getpid()));
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
