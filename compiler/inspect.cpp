// SPDX-License-Identifier: Apache-2.0
#include "compiler/inspect.h"

#include "compiler/output.h"

namespace compiler {
namespace {

template <class Report>
void show(const Options& options, const Report& report) {
  write_text(stdout, options.json ? to_json(report) : to_text(report));
}

}  // namespace

ir::Result<void> inspect(const Options& options) {
  std::error_code ignored;
  if (std::filesystem::exists(options.input / "model.json", ignored)) {
    TRY(const BundleReport report, inspect_bundle(options));
    show(options, report);
  } else {
    TRY(const ModelReport report, inspect_model(options));
    show(options, report);
  }
  return {};
}

}  // namespace compiler
