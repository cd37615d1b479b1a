// SPDX-License-Identifier: Apache-2.0
// Opening all files of a checkpoint, and reading through them. What each refusal says is golden in
// tests/diagnostics.
#include "frontends/checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "frontends/foreign_checkpoint.h"
#include "tests/support/made_safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_data.h"

namespace frontends {
namespace {

using Source = std::unique_ptr<ir::TensorSource>;

std::vector<float> values(const ir::TensorSource& source, const std::string& name) {
  const ir::TensorEntry& entry = source.tensors().at(name);
  std::vector<float> numbers(static_cast<std::size_t>(entry.elements()));
  const auto read = ir::read_f32(source, entry, 0, numbers);
  EXPECT_TRUE(read) << to_string(read.error());
  return numbers;
}

TEST(Checkpoint, ReadsTheSameNumbersFromOneFileAndFromShards) {
  const auto whole_path = tests::require_test_data("models/stories260K-hf");
  const auto shards_path = tests::require_test_data("models/stories260K-hf-bf16-2shards");
  if (!whole_path || !shards_path) return;
  const auto whole = open_checkpoint(*whole_path);
  const auto shards = open_checkpoint(*shards_path);
  ASSERT_TRUE(whole) << to_string(whole.error());
  ASSERT_TRUE(shards) << to_string(shards.error());
  ASSERT_EQ((*whole)->tensors().size(), 47U);
  ASSERT_EQ((*shards)->tensors().size(), 47U);
  for (const auto& [name, entry] : (*whole)->tensors()) {
    EXPECT_EQ((*shards)->tensors().at(name).shape, entry.shape) << name;
    const std::vector<float> exact = values(**whole, name);
    const std::vector<float> rounded = values(**shards, name);
    for (std::size_t i = 0; i < exact.size(); ++i)  // bf16 keeps 8 bits
      ASSERT_LE(std::abs(exact[i] - rounded[i]), std::abs(exact[i]) / 256) << name << " " << i;
  }
}

TEST(Checkpoint, TakesTheOnlyFileWhateverItsName) {
  const tests::TemporaryFolder folder;
  folder.write("weights.safetensors", tests::made_safetensors("tensor a F32 4"));
  folder.write("consolidated.safetensors", "Mistral's own layout lies beside it");
  folder.write("adapter_model.safetensors", "and an adapter");
  const Source source = *open_checkpoint(folder.path());
  EXPECT_EQ(source->tensors().size(), 1U);
  EXPECT_EQ(source->tensors().at("a").where.path, (folder / "weights.safetensors").string());
}

TEST(Checkpoint, PrefersSafetensorsToPickles) {
  const tests::TemporaryFolder folder;
  folder.write("model.safetensors", tests::made_safetensors("tensor a F32 4"));
  folder.write("pytorch_model.bin", "PK");
  EXPECT_TRUE(open_checkpoint(folder.path()));
}

TEST(Checkpoint, RefusesATensorThatTwoFilesHold) {
  const tests::TemporaryFolder folder;
  folder.write("model.safetensors.index.json",
               R"({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})");
  folder.write("one.safetensors", tests::made_safetensors("tensor a F32 4"));
  folder.write("two.safetensors", tests::made_safetensors("tensor a F32 4\ntensor b F32 4"));
  const auto source = open_checkpoint(folder.path());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind, ir::DiagnosticKind::index_mismatch);
}

TEST(Checkpoint, FollowsTheLinksOfTheHuggingFaceCache) {
  const tests::TemporaryFolder folder;
  folder.write("blobs/1234", tests::made_safetensors("tensor a F32 4"));
  std::filesystem::create_directories(folder / "snapshots/abc");
  std::filesystem::create_symlink("../../blobs/1234", folder / "snapshots/abc/model.safetensors");
  const auto source = open_checkpoint(folder / "snapshots/abc");
  ASSERT_TRUE(source) << to_string(source.error());
  std::filesystem::rename(folder / "blobs/1234", folder / "blobs/1234.incomplete");
  const auto broken = open_checkpoint(folder / "snapshots/abc");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ir::DiagnosticKind::missing_weights);
  ASSERT_EQ(broken.error().notes.size(), 1U);
  EXPECT_EQ(broken.error().notes[0].message, "a download of this model is unfinished");
}

TEST(ForeignCheckpoint, NamesEachFormat) {
  struct Known {
    std::string_view file;
    ir::DiagnosticKind kind;
    std::string_view word;
  };
  using enum ir::DiagnosticKind;
  for (const Known& known : {
           Known{"pytorch_model.bin", pickle_checkpoint, "PyTorch"},
           Known{"pytorch_model-00001-of-00002.bin", pickle_checkpoint, "PyTorch"},
           Known{"pytorch_model.bin.index.json", pickle_checkpoint, "PyTorch"},
           Known{"consolidated.00.pth", pickle_checkpoint, "PyTorch"},
           Known{"model.pt", pickle_checkpoint, "PyTorch"},
           Known{"last.ckpt", pickle_checkpoint, "PyTorch"},
           Known{"params_shard_0.bin", pickle_checkpoint, "probably"},
           Known{"model-q4_k_m.gguf", unsupported_checkpoint, "GGUF"},
           Known{"tf_model.h5", unsupported_checkpoint, "HDF5"},
           Known{"flax_model.msgpack", unsupported_checkpoint, "msgpack"},
           Known{"model.onnx", unsupported_checkpoint, "ONNX"},
           Known{"ndarray-cache.json", unsupported_checkpoint, "MLC"},
           Known{"tensor-cache.json", unsupported_checkpoint, "MLC"},
           Known{"adapter_model.safetensors", unsupported_checkpoint, "LoRA"},
       }) {
    const auto complaint = foreign_weight_file(std::filesystem::path("model") / known.file);
    ASSERT_TRUE(complaint) << known.file;
    EXPECT_EQ(name_of(complaint->kind), name_of(known.kind)) << known.file;
    EXPECT_NE(complaint->message.find(known.word), std::string::npos) << complaint->message;
    EXPECT_FALSE(complaint->help.empty());
  }
  EXPECT_FALSE(foreign_weight_file("model/config.json"));
  EXPECT_FALSE(foreign_weight_file("model/model.safetensors"));
}

TEST(ForeignCheckpoint, MlcComesBeforeItsShards) {
  const tests::TemporaryFolder folder;
  folder.write("params_shard_0.bin", "");
  folder.write("tensor-cache.json", "{}");
  EXPECT_EQ(foreign_checkpoint(folder.path())->kind, ir::DiagnosticKind::unsupported_checkpoint);
}

}  // namespace
}  // namespace frontends
