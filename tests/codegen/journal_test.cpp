// SPDX-License-Identifier: Apache-2.0
// A conversion that is killed goes on from its finished segments, and gives what an undisturbed one
// gives, whatever the crash left on the disk.
#include "codegen/weights/journal.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/weights/weight_writer.h"
#include "tests/codegen/files_of.h"
#include "tests/codegen/synthetic_source.h"
#include "tests/support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace codegen::weights;
using tests::files_of;

constexpr int kLayers = 8;

struct Killed {
  tests::SyntheticSource source;
  std::vector<ir::graph::WeightDecl> tensors;
  tests::TemporaryFolder folder;
  fs::path bundle = folder.path() / "bundle";

  // A conversion that dies when most of it is done.
  Killed() {
    for (int layer = 0; layer < kLayers; ++layer)
      tensors.push_back(tests::declare(source, "layers." + std::to_string(layer) + ".up.weight",
                                       {64, 64}, ir::Encoding::q4));
    source.set("layers.0.up.weight", 5, 3000.0F);  // beyond what q4 reaches: a warning
    fs::create_directory(bundle);
    const pid_t child = fork();
    if (child == 0) {
      WeightOptions options = options_named("a");
      options.progress = [](std::uint64_t done, std::uint64_t total) {
        if (4 * done > 3 * total) raise(SIGKILL);
      };
      (void)write_weights(tensors, source, bundle, options);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
  }

  static WeightOptions options_named(const std::string& key) {
    return {.threads = 1, .resume_key = key};
  }
  WrittenWeights go_on(const std::string& key = "a") {
    auto written = write_weights(tensors, source, bundle, options_named(key));
    EXPECT_TRUE(written) << to_string(written.error());
    return *std::move(written);
  }
  // What is there now is what an undisturbed conversion writes.
  void expect_whole(const WrittenWeights& written) {
    remove_journal(bundle);
    const fs::path other = folder.path() / "other";
    fs::create_directory(other);
    const auto undisturbed = write_weights(tensors, source, other, {.threads = 2});
    ASSERT_TRUE(undisturbed);
    EXPECT_TRUE(files_of(bundle) == files_of(other));
    EXPECT_EQ(written.pieces, undisturbed->pieces);
    ASSERT_EQ(written.segments.size(), undisturbed->segments.size());
    for (std::size_t i = 0; i < written.segments.size(); ++i)
      EXPECT_EQ(written.segments[i].sha256, undisturbed->segments[i].sha256);
    ASSERT_EQ(written.warnings.size(), 1U);
    EXPECT_EQ(written.warnings[0].message, undisturbed->warnings[0].message);
  }
};

TEST(Journal, GoesOnWhereAKilledConversionEnded) {
  Killed killed;
  const WrittenWeights written = killed.go_on();
  EXPECT_GE(written.resumed, kLayers / 2U);
  EXPECT_LT(written.resumed, std::size_t{kLayers});
  killed.expect_whole(written);
}

TEST(Journal, TakesNothingFromAnotherConversion) {
  for (const char* key : {"b", ""}) {
    Killed killed;
    const WrittenWeights written = killed.go_on(key);
    EXPECT_EQ(written.resumed, 0U);
    killed.expect_whole(written);
  }
}

TEST(Journal, TakesNoDamagedSegment) {
  Killed killed;
  const auto files = files_of(killed.bundle / "weights");
  std::fstream flipped(killed.bundle / "weights" / files.begin()->first,
                       std::ios::in | std::ios::out | std::ios::binary);
  flipped.seekp(100);
  flipped.put('!');
  flipped.close();
  fs::resize_file(killed.bundle / "weights" / std::next(files.begin())->first, 10);
  const WrittenWeights written = killed.go_on();
  EXPECT_EQ(written.resumed, files.size() - 2);
  killed.expect_whole(written);
}

TEST(Journal, IgnoresALineThatWasCutAndWhatIsNoLine) {
  Killed killed;
  const fs::path journal = killed.bundle / kJournalName;
  const auto segments = files_of(killed.bundle / "weights").size();
  fs::resize_file(journal, fs::file_size(journal) - 3);
  EXPECT_EQ(killed.go_on().resumed, segments - 1);

  const std::string hash(64, 'a');
  std::ofstream(journal, std::ios::app)
      << "99999 5 " << hash << " 0:0\n0 5 " << hash << "\n0 5 ../../x\n1 2\n\n";
  const WrittenWeights written = killed.go_on();
  EXPECT_EQ(written.resumed, std::size_t{kLayers});
  killed.expect_whole(written);
}

}  // namespace
