// SPDX-License-Identifier: Apache-2.0
// The program section: what it says of a program, that it reads back equal, and what it refuses.
#include "codegen/bundle/program_section.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codegen/bundle/wasm_section.h"
#include "tests/codegen/sample_model.h"

namespace {

using namespace codegen::bundle;
using ir::DiagnosticKind;

TEST(ProgramSection, DescribesTheProgram) {
  const tests::SampleModel model;
  const ProgramSection& section = model.section;
  EXPECT_EQ(section.capacities.pages_per_sequence, 16U);
  EXPECT_EQ(section.capacities.initial_pages, kInitialPages);
  EXPECT_EQ(section.capacities.step_slot_bytes % 256, 0U);
  EXPECT_EQ(section.buffers[1].bytes, kStepSlots * section.capacities.step_slot_bytes);
  EXPECT_EQ(section.buffers[4].bytes, 1024U);
  EXPECT_EQ(section.buffers[4].bytes_per_page, 256U);
  EXPECT_EQ(section.buffers[6].tensor, 1U);
  EXPECT_EQ(section.kernels[0].bindings,
            (std::vector<std::string>{"read-only-storage", "read-only-storage", "storage"}));
  EXPECT_EQ(section.bind_groups.size(), 5U);
  EXPECT_EQ(section.functions[0].plan, "plan_forward");
  EXPECT_EQ(section.functions[0].max_records, 5U);
  EXPECT_EQ(section.functions[0].steps.size(), 5U);
}

TEST(ProgramSection, ReadsBackEqual) {
  const tests::SampleModel model;
  const std::string json = to_json(model.section);
  const auto read = parse_program_section(json, "model.wasm");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), json);
}

TEST(ProgramSection, RefusesWhatContradictsItself) {
  const tests::SampleModel model;
  const auto fault_of = [&](const char* pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(to_json(model.section));
    json[nlohmann::json::json_pointer(pointer)] = value;
    const auto read = parse_program_section(json.dump(), "model.wasm");
    return read ? std::string("none") : std::string(name_of(read.error().kind));
  };
  EXPECT_EQ(fault_of("/version", 2), "none");
  EXPECT_EQ(fault_of("/version", 3), "unsupported-bundle");
  EXPECT_EQ(fault_of("/bind_groups/0/kernel", 2), "malformed-bundle");
  EXPECT_EQ(fault_of("/bind_groups/0/buffers/0", 99), "malformed-bundle");
  EXPECT_EQ(fault_of("/buffers/0/role", "toaster"), "malformed-bundle");
  EXPECT_EQ(fault_of("/buffers/0/bytes", -4), "malformed-bundle");
  EXPECT_EQ(fault_of("/kernels", "none"), "malformed-bundle");
  EXPECT_EQ(fault_of("/functions/0/results/0", 1.5), "malformed-bundle");
  EXPECT_EQ(fault_of("/functions/0/steps/0/at", 7), "malformed-bundle");
  EXPECT_EQ(fault_of("/functions/0/steps/0/bytes", {1, 2}), "malformed-bundle");
  EXPECT_EQ(parse_program_section("{", "model.wasm").error().kind, DiagnosticKind::malformed_json);
}

TEST(ProgramSection, TravelsInTheModule) {
  const tests::SampleModel model;
  const auto bytes = find_custom_section(model.module, "webllm.program");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(inflate(*bytes, 1 << 20), to_json(model.section));
  EXPECT_FALSE(inflate(*bytes, 100));
  EXPECT_FALSE(inflate(bytes->first(bytes->size() - 1), 1 << 20));
  EXPECT_FALSE(find_custom_section(model.module, "webllm.other"));
  for (std::size_t size = 0; size + 1 < model.module.size(); ++size) {
    const auto found = find_custom_section(std::span(model.module).first(size), "webllm.program");
    EXPECT_FALSE(found) << "in the first " << size << " bytes";
  }
}

}  // namespace
