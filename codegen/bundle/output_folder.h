// SPDX-License-Identifier: Apache-2.0
// OutputFolder: a bundle appears under its name when it is complete, or not at all.
//
//   TRY(OutputFolder output, OutputFolder::create("out/SmolLM2", model));
//   ... write into output.path(), which is out/.SmolLM2.partial-4711 ...
//   TRY_DO(output.publish());          // renames; without it the destructor removes everything
//
// What stands under the name already is replaced only if it is a bundle of the same model, and only
// then.
#pragma once

#include <filesystem>

#include "codegen/bundle/manifest.h"
#include "ir/support/result.h"

namespace codegen::bundle {

class OutputFolder {
 public:
  // Errors: output_exists (something else than a bundle of this model has the name),
  // file_unwritable, disk_full.
  static ir::Result<OutputFolder> create(const std::filesystem::path& target,
                                         const ModelInfo& model);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  const std::filesystem::path& path() const { return partial_; }
  const std::filesystem::path& target() const { return target_; }
  ir::Result<void> publish();

 private:
  OutputFolder(std::filesystem::path target, std::filesystem::path partial)
      : target_(std::move(target)), partial_(std::move(partial)) {}

  std::filesystem::path target_;
  std::filesystem::path partial_;  // empty: published, or moved from
};

}  // namespace codegen::bundle
