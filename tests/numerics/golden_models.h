// SPDX-License-Identifier: Apache-2.0
// The models of which is known what Hugging Face computes with them: golden-greedy.json beside
// each, in build/data/models or tests/oracle/models.
//
//   INSTANTIATE_TEST_SUITE_P(Models, Eval, testing::ValuesIn(kGoldenModels), name_of_model);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tests::numerics {

inline constexpr const char* kGoldenModels[] = {"stories260K-hf", "stories260K-hf-bf16-2shards",
                                                "tiny-random-llama2", "tiny-random-qwen2"};

// As GoogleTest allows it in the name of a test.
inline std::string name_of_model(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace tests::numerics
