// SPDX-License-Identifier: Apache-2.0
// Bundles on disk: complete or absent, never another model's, and damage is found.
#include "codegen/bundle/bundle_writer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/bundle/read_bundle.h"
#include "tests/codegen/files_of.h"
#include "tests/codegen/sample_model.h"
#include "tests/support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace codegen::bundle;
using ir::DiagnosticKind;
using tests::files_of;
using tests::SampleModel;
using tests::TemporaryFolder;

// bundle.test.mjs names a folder by TEST_TMPDIR and finds this bundle in it.
TEST(BundleWriter, WritesABundleThatReadsBack) {
  const TemporaryFolder temporary;
  const fs::path parent = getenv("TEST_TMPDIR") ? fs::path(testing::TempDir()) : temporary.path();
  const SampleModel model;
  std::ofstream(temporary.path() / "USE POLICY.md") << "be kind";
  const std::string tokenizer = "not really a tokenizer";
  BundleParts parts = model.parts();
  parts.tokenizer = std::as_bytes(std::span(tokenizer));
  parts.licence_files = {temporary.path() / "USE POLICY.md"};
  const auto written =
      write_bundle(parent / "bundle/", parts, model.source, {.segment_bytes = 8192, .threads = 2});
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_EQ(written->folder, parent / "bundle");
  EXPECT_EQ(written->manifest.licence->files, std::vector<std::string>{"USE_POLICY.md"});

  const auto bundle = read_bundle(written->folder);
  ASSERT_TRUE(bundle) << to_string(bundle.error());
  EXPECT_EQ(to_json(bundle->manifest), to_json(written->manifest));
  EXPECT_TRUE(verify_hashes(*bundle));
  const auto program = read_program(*bundle);
  ASSERT_TRUE(program) << to_string(program.error());
  EXPECT_EQ(to_json(*program), to_json(model.section));

  std::uint64_t bytes = 0;
  for (const auto& [path, content] : files_of(written->folder)) bytes += content.size();
  EXPECT_EQ(written->bytes, bytes);
}

TEST(BundleWriter, ReadsATensorFromItsPieces) {
  const TemporaryFolder folder;
  const SampleModel model;
  ASSERT_TRUE(model.write(folder.path() / "whole"));
  ASSERT_TRUE(model.write(folder.path() / "pieces", {.segment_bytes = 4096}));
  const auto whole = read_bundle(folder.path() / "whole");
  const auto pieces = read_bundle(folder.path() / "pieces");
  EXPECT_GT(pieces->manifest.tensors[0].pieces.size(), 2U);
  EXPECT_EQ(whole->manifest.library, pieces->manifest.library);
  for (std::size_t i = 0; i < model.graph.weights.size(); ++i)
    EXPECT_TRUE(*read_tensor(*whole, i) == *read_tensor(*pieces, i));
}

TEST(BundleWriter, WritesTheSameForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const SampleModel model;
  for (const unsigned threads : {1U, 2U, 3U})
    ASSERT_TRUE(model.write(folder.path() / std::to_string(threads),
                            {.segment_bytes = 4096, .threads = threads}));
  EXPECT_TRUE(files_of(folder.path() / "1") == files_of(folder.path() / "2"));
  EXPECT_TRUE(files_of(folder.path() / "1") == files_of(folder.path() / "3"));
}

TEST(BundleWriter, NamesTheLibraryByProgramAndEncodings) {
  SampleModel model;
  const std::string hash = library_hash(model.section, model.graph.weights);
  model.source.set("model.embed_tokens.weight", 0, 0.5F);
  EXPECT_EQ(library_hash(model.section, model.graph.weights), hash);
  model.section.kernels[0].wgsl += " ";
  EXPECT_NE(library_hash(model.section, model.graph.weights), hash);
  model.section.kernels[0].wgsl.pop_back();
  model.graph.weights[2].encoding = ir::Encoding::tile_f32;
  EXPECT_NE(library_hash(model.section, model.graph.weights), hash);
}

// ---- what stands under the name already ----

TEST(BundleWriter, ReplacesABundleOfTheSameModel) {
  const TemporaryFolder folder;
  SampleModel model;
  ASSERT_TRUE(model.write(folder.path() / "out"));
  std::ofstream(folder.path() / "out/stray.txt") << "left by hand";
  model.description.quantization = "q0f32";
  ASSERT_TRUE(model.write(folder.path() / "out"));
  EXPECT_EQ(read_bundle(folder.path() / "out")->manifest.about.quantization, "q0f32");
  EXPECT_FALSE(fs::exists(folder.path() / "out/stray.txt"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(BundleWriter, FillsAnEmptyFolder) {
  const TemporaryFolder folder;
  EXPECT_TRUE(SampleModel().write(folder.path()));
  EXPECT_TRUE(read_bundle(folder.path()));
}

void expect_output_exists(const fs::path& target, const SampleModel& model) {
  const auto before = files_of(target.parent_path());
  const auto written = model.write(target);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, DiagnosticKind::output_exists);
  EXPECT_FALSE(written.error().help.empty());
  EXPECT_TRUE(files_of(target.parent_path()) == before);
}

TEST(BundleWriter, KeepsWhatIsNotItsOwn) {
  const TemporaryFolder folder;
  SampleModel model;
  std::ofstream(folder.path() / "file") << "precious";
  expect_output_exists(folder.path() / "file", model);
  fs::create_directory(folder.path() / "photos");
  std::ofstream(folder.path() / "photos/cat.jpg") << "precious";
  expect_output_exists(folder.path() / "photos", model);
  ASSERT_TRUE(model.write(folder.path() / "other"));
  model.description.model.name = "another model";
  expect_output_exists(folder.path() / "other", model);
}

// ---- nothing half-written ----

bool is_empty_after(const fs::path& folder) {
  return fs::directory_iterator(folder) == fs::directory_iterator();
}

TEST(BundleWriter, LeavesNothingWhenInterrupted) {
  const TemporaryFolder folder;
  std::atomic<bool> interrupted = false;
  const auto written = SampleModel().write(folder.path() / "out",
                                           {.segment_bytes = 4096,
                                            .threads = 2,
                                            .progress = [&](auto, auto) { interrupted = true; },
                                            .interrupted = &interrupted});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, DiagnosticKind::interrupted);
  EXPECT_TRUE(is_empty_after(folder.path()));
}

TEST(BundleWriter, LeavesNothingWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  const SampleModel model;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 9000, .rlim_max = 9000};  // model.wasm fits, a segment does not
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = model.write(folder.path() / "out");
    _exit(!written && written.error().kind == DiagnosticKind::disk_full &&
                  written.error().where.path.find("weights/") != std::string::npos
              ? 42
              : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(is_empty_after(folder.path()));
}

TEST(BundleWriter, KeepsTheOldBundleWhenTheNewOneFails) {
  const TemporaryFolder folder;
  SampleModel model;
  ASSERT_TRUE(model.write(folder.path() / "out"));
  const auto before = files_of(folder.path());
  model.source.set("model.layers.1.up.weight", 7, 1e30F);
  const auto written = model.write(folder.path() / "out");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, DiagnosticKind::weight_out_of_range);
  EXPECT_TRUE(files_of(folder.path()) == before);
}

// ---- damage ----

struct DamagedBundle {
  TemporaryFolder folder;
  fs::path path = folder.path() / "out";

  DamagedBundle() { EXPECT_TRUE(SampleModel().write(path)); }
  fs::path segment(std::size_t i) const { return path / read_manifest(path)->segments[i].path; }
};

TEST(ReadBundle, FindsAFlippedByte) {
  const DamagedBundle damaged;
  std::fstream file(damaged.segment(1), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);
  file.put('!');
  file.close();
  const auto bundle = read_bundle(damaged.path);
  ASSERT_TRUE(bundle);
  const auto verified = verify_hashes(*bundle);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().kind, DiagnosticKind::hash_mismatch);
  EXPECT_EQ(verified.error().where.path, damaged.segment(1));
}

TEST(ReadBundle, FindsAFileOfAnotherSize) {
  const DamagedBundle damaged;
  const fs::path path = damaged.segment(2);
  const std::uint64_t bytes = fs::file_size(path);
  const auto kind_at = [&](std::uint64_t size) {
    fs::resize_file(path, size);
    return read_bundle(damaged.path).error().kind;
  };
  EXPECT_EQ(kind_at(bytes - 1), DiagnosticKind::file_truncated);
  EXPECT_EQ(kind_at(bytes + 1), DiagnosticKind::malformed_bundle);
  fs::remove(path);
  EXPECT_EQ(read_bundle(damaged.path).error().kind, DiagnosticKind::file_not_found);
}

TEST(ReadBundle, FindsAModuleWithoutProgram) {
  const DamagedBundle damaged;
  const auto bundle = read_bundle(damaged.path);
  ASSERT_TRUE(bundle);
  const std::string zeros(fs::file_size(damaged.path / kModuleName), '\0');
  std::ofstream(damaged.path / kModuleName, std::ios::binary) << zeros;
  EXPECT_EQ(read_program(*bundle).error().kind, DiagnosticKind::malformed_bundle);
}

TEST(ReadBundle, SaysThatAFolderIsNone) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_bundle(folder.path()).error().kind, DiagnosticKind::file_not_found);
  std::ofstream(folder.path() / kManifestName) << "{";
  EXPECT_EQ(read_bundle(folder.path()).error().kind, DiagnosticKind::malformed_json);
}

}  // namespace
