// SPDX-License-Identifier: Apache-2.0
// Weights on disk: what the encoding says, the same for any number of threads, in bounded memory;
// and each way in which writing can fail.
#include "codegen/weights/weight_writer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "codegen/weights/sha256.h"
#include "tests/codegen/files_of.h"
#include "tests/codegen/synthetic_source.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace codegen::weights;
using ir::DiagnosticKind;
using ir::Encoding;
using ir::graph::WeightDecl;
using tests::declare;
using tests::files_of;
using tests::SyntheticSource;
using tests::TemporaryFolder;

struct Model {
  SyntheticSource source;
  std::vector<WeightDecl> tensors;
};

Model sample() {
  Model model;
  SyntheticSource& source = model.source;
  model.tensors = {declare(source, "model.embed_tokens.weight", {300, 70}, Encoding::q4),
                   declare(source, "model.layers.0.norm.weight", {33}, Encoding::f32),
                   declare(source, "model.layers.0.up.weight", {50, 40}, Encoding::tile_f16),
                   declare(source, "lm_head.weight", {100, 70}, Encoding::tile_f32)};
  // 24 + 9 + 30 rows: the borders fall inside bands.
  source.add("q", {24, 64});
  source.add("k", {9, 64});
  source.add("v", {30, 64});
  model.tensors.push_back({.name = "model.layers.1.qkv.weight",
                           .shape = {63, 64},
                           .encoding = Encoding::q4,
                           .sources = {"q", "k", "v"}});
  source.add("q.bias", {24});
  source.add("k.bias", {9});
  model.tensors.push_back({.name = "model.layers.1.qkv.bias",
                           .shape = {33},
                           .encoding = Encoding::f32,
                           .sources = {"q.bias", "k.bias"}});
  return model;
}

// The bytes of a tensor by the definition: all its rows in memory, band by band.
std::string encoded(const Model& model, const WeightDecl& tensor) {
  std::vector<float> values;
  for (const std::string& name : tensor.sources) {
    const auto& entry = model.source.tensors().at(name);
    for (std::int64_t i = 0; i < entry.elements(); ++i)
      values.push_back(model.source.value(name, static_cast<std::uint64_t>(i)));
  }
  const TensorLayout layout = layout_of(tensor);
  std::vector<std::byte> bytes(layout.bytes());
  if (tensor.shape.size() == 1) {
    std::memcpy(bytes.data(), values.data(), values.size() * 4);
  } else {
    const auto n = static_cast<std::uint64_t>(tensor.shape[0]);
    const auto k = static_cast<std::uint64_t>(tensor.shape[1]);
    const auto codes = std::span(bytes).first(layout.bands * layout.band_code_bytes);
    const auto scales = std::span(bytes).subspan(codes.size());
    for (std::uint64_t band = 0; band < layout.bands; ++band) {
      const std::uint64_t rows = std::min<std::uint64_t>(16, n - band * 16);
      encode_band(tensor.encoding, std::span(values).subspan(band * 16 * k, rows * k), rows, k,
                  codes.subspan(band * layout.band_code_bytes, layout.band_code_bytes),
                  scales.subspan(band * layout.band_scale_bytes, layout.band_scale_bytes));
    }
  }
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(WeightWriter, WritesWhatTheEncodingSays) {
  for (const std::uint64_t segment_bytes : {std::uint64_t{8192}, kSegmentBytes}) {
    const Model model = sample();
    const TemporaryFolder folder;
    const auto written = write_weights(model.tensors, model.source, folder.path(),
                                       {.segment_bytes = segment_bytes, .threads = 2});
    ASSERT_TRUE(written) << to_string(written.error());
    const auto files = files_of(folder.path());
    EXPECT_EQ(files.size(), written->segments.size());
    for (const WrittenFile& segment : written->segments) {
      const std::string& bytes = files.at(segment.path);
      EXPECT_EQ(bytes.size(), segment.bytes);
      EXPECT_EQ(sha256_hex(bytes), segment.sha256);
      EXPECT_EQ(segment.path, "weights/" + segment.sha256.substr(0, 16) + ".bin");
    }
    for (std::size_t i = 0; i < model.tensors.size(); ++i) {
      std::string bytes;
      for (const Piece& piece : written->pieces[i])
        bytes += files.at(written->segments[piece.segment].path).substr(piece.offset, piece.bytes);
      EXPECT_TRUE(bytes == encoded(model, model.tensors[i])) << model.tensors[i].name;
    }
  }
}

TEST(WeightWriter, WritesTheSameForAnyNumberOfThreads) {
  const Model model = sample();
  std::map<std::string, std::string> first;
  std::vector<std::vector<Piece>> pieces;
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    const TemporaryFolder folder;
    const auto written = write_weights(model.tensors, model.source, folder.path(),
                                       {.segment_bytes = 8192, .threads = threads});
    ASSERT_TRUE(written) << to_string(written.error());
    if (threads == 1) {
      first = files_of(folder.path());
      pieces = written->pieces;
      EXPECT_GT(first.size(), 5U);
    }
    EXPECT_TRUE(files_of(folder.path()) == first) << threads << " threads";
    EXPECT_EQ(written->pieces, pieces);
  }
}

TEST(WeightWriter, MeasuresErrorsAlikeForAnyNumberOfThreads) {
  const Model model = sample();
  const auto errors = [&](unsigned threads) {
    const TemporaryFolder folder;
    const auto written =
        write_weights(model.tensors, model.source, folder.path(),
                      {.segment_bytes = 8192, .threads = threads, .measure_errors = true});
    EXPECT_TRUE(written) << to_string(written.error());
    return written->errors;
  };
  const std::vector<TensorError> one = errors(1), three = errors(3);
  ASSERT_EQ(one.size(), model.tensors.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].squared_error, three[i].squared_error);
    EXPECT_EQ(one[i].squared_values, three[i].squared_values);
    const Encoding encoding = model.tensors[i].encoding;
    const double lost = one[i].relative();
    if (encoding == Encoding::q4) {
      EXPECT_GT(lost, 0.02);
      EXPECT_LT(lost, 0.1);
    } else if (encoding == Encoding::tile_f16) {
      EXPECT_GT(lost, 0);
      EXPECT_LT(lost, 0x1p-11);
    } else {
      EXPECT_EQ(lost, 0);
    }
  }
}

TEST(WeightWriter, StoresEqualSegmentsOnce) {
  SyntheticSource source;
  source.add("w", {64, 64});
  std::vector<WeightDecl> tensors;
  for (const char* name : {"layers.0.w", "layers.1.w", "layers.2.w"})
    tensors.push_back(
        {.name = name, .shape = {64, 64}, .encoding = Encoding::q4, .sources = {"w"}});
  const TemporaryFolder folder;
  const auto written = write_weights(tensors, source, folder.path(), {.threads = 3});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->segments.size(), 1U);
  EXPECT_EQ(files_of(folder.path()).size(), 1U);
  EXPECT_EQ(written->pieces[0], written->pieces[2]);
}

TEST(WeightWriter, ReportsProgressInBytes) {
  const Model model = sample();
  const TemporaryFolder folder;
  std::uint64_t last = 0, expected = 0;
  for (const WeightDecl& tensor : model.tensors) expected += layout_of(tensor).bytes();
  const auto written =
      write_weights(model.tensors, model.source, folder.path(),
                    {.segment_bytes = 8192, .threads = 2, .progress = [&](auto done, auto total) {
                       EXPECT_GT(done, last);
                       EXPECT_EQ(total, expected);
                       last = done;
                     }});
  ASSERT_TRUE(written);
  EXPECT_EQ(last, expected);
}

TEST(WeightWriter, NamesTheFirstWeightThatIsNotFinite) {
  for (const unsigned threads : {1U, 3U}) {
    Model model = sample();
    model.source.set("k", 2 * 64 + 5, std::numeric_limits<float>::quiet_NaN());
    model.source.set("k", 8 * 64 + 1, std::numeric_limits<float>::infinity());
    const TemporaryFolder folder;
    const auto written =
        write_weights(model.tensors, model.source, folder.path(), {.threads = threads});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, DiagnosticKind::weight_not_finite);
    EXPECT_EQ(written.error().message, "the weight at [2, 5] is nan");
    EXPECT_EQ(written.error().where.item, "k");
  }
}

TEST(WeightWriter, WarnsWhereQ4CutsAWeightOffAndRefusesWhereF16WouldOverflow) {
  SyntheticSource source;
  std::vector<WeightDecl> tensors = {declare(source, "w", {16, 32}, Encoding::q4)};
  source.set("w", 3, 3000);
  const TemporaryFolder folder;
  const auto written = write_weights(tensors, source, folder.path(), {});
  ASSERT_TRUE(written) << to_string(written.error());
  ASSERT_EQ(written->warnings.size(), 1U);
  EXPECT_EQ(written->warnings[0].kind, DiagnosticKind::weight_out_of_range);
  EXPECT_EQ(written->warnings[0].severity, ir::Severity::warning);

  tensors[0].encoding = Encoding::tile_f16;
  EXPECT_TRUE(write_weights(tensors, source, folder.path(), {})->warnings.empty());
  source.set("w", 3, 70000);
  const TemporaryFolder other;
  const auto refused = write_weights(tensors, source, other.path(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, DiagnosticKind::weight_out_of_range);
}

TEST(WeightWriter, StopsWhenInterrupted) {
  const Model model = sample();
  const TemporaryFolder folder;
  std::atomic<bool> interrupted = false;
  const auto written =
      write_weights(model.tensors, model.source, folder.path(),
                    {.segment_bytes = 8192,
                     .threads = 2,
                     .progress = [&](auto done, auto) { interrupted = done > 8192; },
                     .interrupted = &interrupted});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, DiagnosticKind::interrupted);
}

// Runs `body` in a process of its own; its exit status.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(WeightWriter, SaysThatTheDiskIsFull) {
  const Model model = sample();
  const TemporaryFolder folder;
  const int status = in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = write_weights(model.tensors, model.source, folder.path(), {.threads = 2});
    return !written && written.error().kind == DiagnosticKind::disk_full ? 42 : 0;
  });
  EXPECT_EQ(status, 42);
  for (const auto& [path, bytes] : files_of(folder.path())) EXPECT_LT(bytes.size(), 4096U) << path;
}

TEST(WeightWriter, SaysThatAFolderCannotBeWritten) {
  const Model model = sample();
  const auto written = write_weights(model.tensors, model.source, "/proc/self/nothing", {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, DiagnosticKind::file_unwritable);
}

// Peak resident memory of this process in KiB.
long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return -1;
}

TEST(WeightWriter, NeedsNoMoreMemoryForALargeTensor) {
  SyntheticSource source;  // 256 MiB as f32
  const std::vector<WeightDecl> tensors = {declare(source, "w", {16384, 4096}, Encoding::tile_f32)};
  const TemporaryFolder folder;
  const int growth_mib = in_child([&] {
    const long before = peak_memory();
    const auto written =
        write_weights(tensors, source, folder.path(), {.segment_bytes = 8 << 20, .threads = 2});
    return written ? static_cast<int>((peak_memory() - before) / 1024) : 255;
  });
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const int shadow = 4;  // sanitizers keep books on every byte
#else
  const int shadow = 1;
#endif
  EXPECT_LT(growth_mib, shadow * (3 * 8 + 16));  // threads + 1 segments and some bands
}

}  // namespace
