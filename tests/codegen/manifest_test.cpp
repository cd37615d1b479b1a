// SPDX-License-Identifier: Apache-2.0
// model.json: reads back equal; every number that points somewhere is checked.
#include "codegen/bundle/manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/codegen/sample_model.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace codegen::bundle;

std::string sample_json() {
  const tests::TemporaryFolder folder;
  const auto written = tests::SampleModel().write(folder.path() / "bundle");
  EXPECT_TRUE(written) << to_string(written.error());
  return to_json(written->manifest);
}

TEST(Manifest, ReadsBackEqual) {
  const std::string json = sample_json();
  const auto read = parse_manifest(json, "model.json");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), json);
}

TEST(Manifest, RefusesWhatContradictsItself) {
  const auto sample = nlohmann::json::parse(sample_json());
  const auto fault_of = [&](const char* pointer, const nlohmann::json& value) {
    auto json = sample;
    json[nlohmann::json::json_pointer(pointer)] = value;
    const auto read = parse_manifest(json.dump(), "model.json");
    return read ? "none" : name_of(read.error().kind);
  };
  EXPECT_EQ(fault_of("/version", 1), "none");
  EXPECT_EQ(fault_of("/version", 2), "unsupported-bundle");
  for (const auto& [pointer, value] : std::vector<std::pair<const char*, nlohmann::json>>{
           {"/format", "something"},
           {"/context", 0},
           {"/eos_token_ids/0", 300},
           {"/library", "abc"},
           {"/files/0/path", "../model.wasm"},
           {"/files/0/path", "/etc/passwd"},
           {"/files/0/path", "weights//x"},
           {"/files/0/bytes", 1e30},
           {"/segments/0/sha256", "0"},
           {"/tensors/0/pieces/0/segment", 99},
           {"/tensors/0/pieces/0/offset", 1 << 20},
           {"/tensors/0/pieces/0/at", 4},
           {"/tensors/0/bytes", 16},
           {"/layers/0/segments/0", 99},
           {"/requirements/limits/maxBufferSize", "many"},
           {"/generation", 5},
           {"/generation/temperature", nlohmann::json::array()}}) {
    EXPECT_EQ(fault_of(pointer, value), "malformed-bundle") << pointer;
  }
}

TEST(Manifest, NamesThePlaceOfTheFault) {
  auto json = nlohmann::json::parse(sample_json());
  json["tensors"][1]["pieces"][0].erase("bytes");
  const auto read = parse_manifest(json.dump(), "out/model.json");
  ASSERT_FALSE(read);
  EXPECT_EQ(to_string(read.error()),
            "error: has no \"bytes\"  [malformed-bundle]\n"
            "  --> out/model.json: \"tensors[1].pieces[0]\"\n"
            "help: the bundle is damaged: compile the model again\n");
}

}  // namespace
