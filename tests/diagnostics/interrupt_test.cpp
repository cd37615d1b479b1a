// SPDX-License-Identifier: Apache-2.0
// Ctrl-C in the middle of writing a bundle: the designed error, and nothing half-written is left.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/diagnostics/program.h"
#include "tests/support/made_safetensors.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

// A model whose embedding takes half a gigabyte: zeros, which need no room on the disk, but some
// time to convert. The data of a sparse file are its hole.
void write_large_model(const TemporaryFolder& folder) {
  folder.write("model/config.json", R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 2048,
    "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 32,
    "num_key_value_heads": 1, "vocab_size": 65536, "tie_word_embeddings": true})");
  const std::string header = safetensors_header(R"(
tensor model.embed_tokens.weight F32 65536 2048
tensor model.layers.0.input_layernorm.weight F32 2048
tensor model.layers.0.mlp.down_proj.weight F32 2048 64
tensor model.layers.0.mlp.gate_proj.weight F32 64 2048
tensor model.layers.0.mlp.up_proj.weight F32 64 2048
tensor model.layers.0.post_attention_layernorm.weight F32 2048
tensor model.layers.0.self_attn.k_proj.weight F32 64 2048
tensor model.layers.0.self_attn.o_proj.weight F32 2048 2048
tensor model.layers.0.self_attn.q_proj.weight F32 2048 2048
tensor model.layers.0.self_attn.v_proj.weight F32 64 2048
tensor model.norm.weight F32 2048
)");
  constexpr std::uint64_t kElements = 65536 * 2048 + 3 * 2048 + 5 * 64 * 2048 + 2 * 2048 * 2048;
  const fs::path file = folder.write("model/model.safetensors", header);
  fs::resize_file(file, header.size() + 4 * kElements);
}

TEST(Interrupt, LeavesNothingBehind) {
  const TemporaryFolder folder;
  write_large_model(folder);
  const std::set<std::string> before = tree(folder.path());
  const Running running = start("model -o out --quantization q0f32", folder.path());
  // The first thing that the program creates is the folder it writes into.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(50);
  while (tree(folder.path()) == before && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_EQ(::kill(running.process, SIGINT), 0);
  const Outcome outcome = finish(running);
  ASSERT_NE(outcome.exit_code, kNoProgram) << "no program at " << program();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_NE(outcome.errors.find("[interrupted]"), std::string::npos) << outcome.errors;
  EXPECT_EQ(tree(folder.path()), before);
}

}  // namespace
}  // namespace tests
