// SPDX-License-Identifier: Apache-2.0
// Schemas out of use, with instances that are valid and invalid (MaskBench).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "tests/runtime/grammar/schema/suites.h"
#include "tests/support/test_data.h"

namespace tests::schema {
namespace {

using runtime::grammar::json::Value;
using runtime::grammar::schema::SchemaOptions;

// Splits that were made up, not found.
constexpr std::array<std::string_view, 2> kSynthetic = {"Synthesized", "Handwritten"};

Case read_case(std::string_view line) {
  const Value value = read_json(line);
  Case one{std::string(value.find("name")->text), write(*value.find("schema"), Style::compact), {}};
  for (const Value& test : value.find("tests")->items) {
    one.instances.push_back({*test.find("data"), test.find("valid")->boolean});
  }
  return one;
}

void print_percentiles(std::vector<double> times) {
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf("compile ms: p50 %.2f  p90 %.2f  p99 %.2f  max %.2f\n", at(0.5), at(0.9), at(0.99),
              at(1));
}

TEST(Maskbench, real_schemas_are_enforced) {
  const auto folder = require_test_data("schemas/maskbench");
  if (!folder) return;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  Score real("real schemas"), synthetic("synthetic schemas");
  for (const auto& file : files) {
    const bool is_synthetic =
        std::ranges::find(kSynthetic, file.stem().stem().string()) != kSynthetic.end();
    const std::string text = read_gzip(file);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = std::string_view(text).substr(at, end - at);
      at = end + 1;
      if (line.empty()) continue;
      const Case one = read_case(line);
      SchemaOptions options;
      options.assert_formats = true;
      (is_synthetic ? synthetic : real).add(one, judge(one, options));
    }
  }
  real.print(true);
  synthetic.print(true);
  print_percentiles(real.compile_ms);
  EXPECT_EQ(real.with_wrong_accepts, 0);
  EXPECT_EQ(synthetic.with_wrong_accepts, 0);
  EXPECT_GE(static_cast<double>(real.right), 0.99 * static_cast<double>(real.total));
}

}  // namespace
}  // namespace tests::schema
