// SPDX-License-Identifier: Apache-2.0
#include "compiler/conversion_key.h"

#include <fmt/format.h>

#include <set>

#include "codegen/weights/sha256.h"

namespace compiler {
namespace {

namespace fs = std::filesystem;

// Path, size and time of change as text; empty when there is no such file.
std::string state_of(const fs::path& path) {
  std::error_code size_error, time_error, path_error;
  const std::uint64_t bytes = fs::file_size(path, size_error);
  const auto changed = fs::last_write_time(path, time_error);
  const fs::path full = fs::canonical(path, path_error);
  if (size_error || time_error || path_error) return {};
  return fmt::format("{}\n{}\n{}\n", full.string(), bytes, changed.time_since_epoch().count());
}

}  // namespace

std::string conversion_key(const Model& model, std::string_view library) {
  std::set<fs::path> files = {"/proc/self/exe"};  // another build may encode in another way
  for (const auto& [name, tensor] : model.folder.weights->tensors())
    files.insert(tensor.where.path);
  std::string text = fmt::format("{} {}\n", WEBLLM_VERSION, library);
  for (const fs::path& file : files) {
    const std::string state = state_of(file);
    if (state.empty()) return {};
    text += state;
  }
  return codegen::weights::sha256_hex(text);
}

}  // namespace compiler
