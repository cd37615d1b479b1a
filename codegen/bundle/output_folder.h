// SPDX-License-Identifier: Apache-2.0
// OutputFolder: a bundle appears under its name when it is complete, or not at all.
//
//   TRY(OutputFolder output, OutputFolder::create("out/SmolLM2", model));
//   ... write into output.path(), which is out/.SmolLM2.partial ...
//   TRY_DO(output.publish());          // renames; without it the destructor removes everything
//
// The weights of a process that was killed are still there, for the weight writer to judge. One
// process at a time has the folder.
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
  // Errors: output_exists (something else than a bundle of this model has the name, or another
  // process is writing it), file_unwritable, disk_full.
  static ir::Result<OutputFolder> create(const std::filesystem::path& target,
                                         const ModelInfo& model);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  const std::filesystem::path& path() const { return partial_; }
  const std::filesystem::path& target() const { return target_; }
  ir::Result<void> publish();

 private:
  OutputFolder(std::filesystem::path target, std::filesystem::path partial, int lock)
      : target_(std::move(target)), partial_(std::move(partial)), lock_(lock) {}

  std::filesystem::path target_;
  std::filesystem::path partial_;  // empty: published, or moved from
  int lock_ = -1;                  // the partial folder, opened and locked
};

}  // namespace codegen::bundle
