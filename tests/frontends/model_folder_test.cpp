// SPDX-License-Identifier: Apache-2.0
// Whole model folders: plain ones, and entries of the Hugging Face cache.
#include "frontends/model_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "frontends/chat_template.h"
#include "tests/diagnostics/case_file.h"
#include "tests/support/made_safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_data.h"

namespace frontends {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

constexpr std::string_view kConfig = R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 64,
  "intermediate_size": 172, "num_hidden_layers": 5, "num_attention_heads": 8, "vocab_size": 512,
  "eos_token_id": 2})";

void write_model(const TemporaryFolder& folder, const std::string& at) {
  folder.write(at + "config.json", kConfig);
  folder.write(at + "model.safetensors", tests::made_safetensors("tensor a F32 4"));
}

TEST(ModelFolder, OpensARealModel) {
  const auto path = tests::require_test_data("models/stories260K-hf");
  if (!path) return;
  const auto folder = open_model_folder(*path);
  ASSERT_TRUE(folder) << to_string(folder.error());
  EXPECT_EQ(folder->name, "stories260K-hf");
  EXPECT_EQ(folder->path, *path);
  EXPECT_EQ(folder->config.num_key_value_heads, 4);
  EXPECT_EQ(folder->config.eos_token_ids, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(folder->weights->tensors().size(), 47U);
  EXPECT_TRUE(folder->chat_templates.empty());
  EXPECT_TRUE(folder->warnings.empty());
}

TEST(ModelFolder, StopsAtTheTokenizersOwnEndToo) {
  const TemporaryFolder folder;
  write_model(folder, "");
  folder.write("tokenizer_config.json", R"({"eos_token": {"content": "<|im_end|>"},
    "added_tokens_decoder": {"7": {"content": "<|im_end|>"}, "8": {"content": "<s>"}}})");
  const auto model = open_model_folder(folder.path());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->config.eos_token_ids, (std::vector<std::int64_t>{2, 7}));
  folder.write("generation_config.json", R"({"eos_token_id": [5, 7]})");
  const auto again = open_model_folder(folder.path());
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->config.eos_token_ids, (std::vector<std::int64_t>{5, 7}));
}

TEST(ModelFolder, FollowsTheCacheToTheSnapshotOfMain) {
  const TemporaryFolder folder;
  const std::string entry = "models--HuggingFaceTB--SmolLM2-135M--instruct/";
  write_model(folder, entry + "snapshots/aaaa/");
  write_model(folder, entry + "snapshots/bbbb/");
  const auto undecided = open_model_folder(folder / entry);
  ASSERT_FALSE(undecided);
  EXPECT_EQ(undecided.error().kind, ir::DiagnosticKind::ambiguous_checkpoint);

  folder.write(entry + "refs/main", "bbbb\n");
  for (const char* slash : {"", "/"}) {
    fs::path name = folder / entry;
    name = name.parent_path();
    name += slash;
    const auto model = open_model_folder(name);
    ASSERT_TRUE(model) << to_string(model.error());
    EXPECT_EQ(model->path.filename(), "bbbb");
    EXPECT_EQ(model->name, "instruct");
  }
  const auto snapshot = open_model_folder(folder / (entry + "snapshots/aaaa"));
  ASSERT_TRUE(snapshot) << to_string(snapshot.error());
  EXPECT_EQ(snapshot->name, "instruct");
}

TEST(ModelFolder, ReadsThroughTheLinksOfASnapshot) {
  const auto real = tests::require_test_data("models/stories260K-hf-bf16-2shards");
  if (!real) return;
  const TemporaryFolder folder;
  const fs::path entry = folder / "models--made--stories";
  fs::create_directories(entry / "blobs");
  fs::create_directories(entry / "snapshots/0123");
  int blob = 0;
  for (const auto& file : fs::directory_iterator(*real)) {
    const std::string name = std::to_string(++blob);
    fs::copy_file(file.path(), entry / "blobs" / name);
    fs::create_symlink("../../blobs/" + name, entry / "snapshots/0123" / file.path().filename());
  }
  const auto model = open_model_folder(entry);  // the only snapshot needs no refs/main
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->name, "stories");
  const ir::TensorEntry& norm = model->weights->tensors().at("model.norm.weight");
  std::vector<float> values(64);
  EXPECT_TRUE(ir::read_f32(*model->weights, norm, 0, values));
}

TEST(ModelFolder, AnEmptyCacheEntryIsAnUnfinishedDownload) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "models--a--b/snapshots");
  const auto model = open_model_folder(folder / "models--a--b");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().kind, ir::DiagnosticKind::missing_weights);
}

TEST(ModelFolder, GenerationConfigHasTheLastWordAboutTokens) {
  const TemporaryFolder folder;
  write_model(folder, "");
  folder.write("generation_config.json", R"({"eos_token_id": [7, 8], "temperature": 0.5})");
  const auto model = open_model_folder(folder.path());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->config.eos_token_ids, (std::vector<std::int64_t>{7, 8}));
  EXPECT_EQ(model->generation.temperature, 0.5);
}

TEST(ModelFolder, FindsLicencesAndCard) {
  const TemporaryFolder folder;
  write_model(folder, "");
  for (const char* name : {"LICENSE", "NOTICE.txt", "USE_POLICY.md", "README.md", "notes.txt"})
    folder.write(name, "x");
  const auto model = open_model_folder(folder.path());
  ASSERT_TRUE(model) << to_string(model.error());
  ASSERT_EQ(model->licence_files.size(), 3U);
  EXPECT_EQ(model->licence_files[0].filename(), "LICENSE");
  EXPECT_EQ(model->model_card, folder / "README.md");
}

TEST(ModelName, IsTheFoldersOwn) {
  EXPECT_EQ(model_name("models/tiny/"), "tiny");
  EXPECT_EQ(model_name("./tiny"), "tiny");
  EXPECT_EQ(model_name("a/b/../tiny/."), "tiny");
  EXPECT_EQ(model_name("/"), "model");
  EXPECT_EQ(model_name("hub/models--org--Name-1.5B/snapshots/abc"), "Name-1.5B");
  EXPECT_EQ(model_name("hub/models--gpt2"), "gpt2");
}

TEST(ChatTemplate, TakesTheFirstThatHasTheName) {
  const TemporaryFolder folder;
  EXPECT_TRUE(read_chat_templates(folder.path())->empty());
  folder.write("tokenizer_config.json", R"({"chat_template": "old"})");
  EXPECT_EQ(read_chat_templates(folder.path())->at("default"), "old");
  folder.write("tokenizer_config.json", R"({"chat_template": [
      {"name": "default", "template": "old"}, {"name": "rag", "template": "r"}]})");
  folder.write("chat_template.json", R"({"chat_template": "middle"})");
  EXPECT_EQ(read_chat_templates(folder.path())->at("default"), "middle");
  folder.write("chat_template.jinja", "new");
  folder.write("additional_chat_templates/tool_use.jinja", "t");
  const ChatTemplates all = *read_chat_templates(folder.path());
  EXPECT_EQ(all, (ChatTemplates{{"default", "new"}, {"rag", "r"}, {"tool_use", "t"}}));
}

TEST(ChatTemplate, ReadsRealTokenizerConfigs) {
  const auto folder = tests::require_test_data("tokenizers");
  if (!folder) return;
  int with_template = 0;
  for (const auto& entry : fs::directory_iterator(*folder)) {
    const auto templates = read_chat_templates(entry.path());
    ASSERT_TRUE(templates) << to_string(templates.error());
    with_template += templates->contains("default") ? 1 : 0;
  }
  EXPECT_GE(with_template, 12);
}

}  // namespace
}  // namespace frontends
