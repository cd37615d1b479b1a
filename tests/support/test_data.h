// SPDX-License-Identifier: Apache-2.0
// The test data (models, tokenizers, golden outputs) lies in build/data, outside the repository;
// what tests/oracle makes is in the repository. A test that needs some of it skips by name where it
// is absent, and fails when CI=true.
//
//   const auto folder = tests::require_test_data("models/stories260K-hf");
//   if (!folder) return;
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tests {

// The full path of a file or folder of the test data, if it is there.
inline std::optional<std::filesystem::path> test_data_path(std::string_view relative) {
  for (const char* folder : {"build/data", "tests/oracle"}) {
    auto path = std::filesystem::path(WEBLLM_SOURCE_DIR) / folder / relative;
    if (std::filesystem::exists(path)) return path;
  }
  return std::nullopt;
}

// The same; when it is absent the running test is marked as skipped, or as failed under CI.
inline std::optional<std::filesystem::path> require_test_data(std::string_view relative) {
  auto path = test_data_path(relative);
  if (path) return path;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true") {
    ADD_FAILURE() << "no test data at build/data/" << relative;
  } else {
    [&] { GTEST_SKIP() << "no test data at build/data/" << relative; }();
  }
  return std::nullopt;
}

}  // namespace tests
