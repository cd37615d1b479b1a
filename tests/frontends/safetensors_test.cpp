// SPDX-License-Identifier: Apache-2.0
// Reading *.safetensors: what is right is read exactly; what is wrong is refused as the kind it is.
// The words of each refusal are golden in tests/diagnostics.
#include "frontends/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/support/made_safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_data.h"

namespace frontends {
namespace {

using ir::DiagnosticKind;

ir::Result<StoredTensors> parse(std::string_view header, std::uint64_t data_bytes) {
  return parse_safetensors_header(header, data_bytes, "x.safetensors");
}

struct Wrong {
  std::string_view what;
  std::string_view header;
  std::uint64_t data_bytes;
  DiagnosticKind kind;
  std::string_view message;  // a part of it
};

constexpr DiagnosticKind kMalformed = DiagnosticKind::malformed_checkpoint;
constexpr std::array kWrong = {
    Wrong{"empty", "", 0, kMalformed, "begin with"},
    Wrong{"space first", " {}", 0, kMalformed, "begin with"},
    Wrong{"a list", "[]", 0, kMalformed, "begin with"},
    Wrong{"text after it", "{} {}", 0, kMalformed, "not valid JSON"},
    Wrong{"not UTF-8", "{\"\xff\":1}", 0, kMalformed, "not valid JSON"},
    Wrong{"no end", R"({"a":)", 0, kMalformed, "not valid JSON"},
    Wrong{"a tensor that is a number", R"({"a":1})", 0, kMalformed, "has 1 where an object"},
    Wrong{"a tensor that is a list", R"({"a":[]})", 0, kMalformed, "has a list"},
    Wrong{"nested tensors", R"({"a":{"dtype":{}}})", 0, kMalformed, "has an object"},
    Wrong{"nested shape", R"({"a":{"shape":[[1]]}})", 0, kMalformed, "has a list"},
    Wrong{"no fields", R"({"a":{}})", 0, kMalformed, "needs dtype"},
    Wrong{"no offsets", R"({"a":{"dtype":"U8","shape":[]}})", 0, kMalformed, "needs dtype"},
    Wrong{"one offset", R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0]}})", 1, kMalformed,
          "two data_offsets"},
    Wrong{"three offsets", R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}})", 1,
          kMalformed, "more than two"},
    Wrong{"unknown field", R"({"a":{"dtype":"U8","strides":[1]}})", 0, kMalformed, "\"strides\""},
    Wrong{"a field twice", R"({"a":{"dtype":"U8","dtype":"F32"}})", 0, kMalformed, "twice"},
    Wrong{"a fraction", R"({"a":{"dtype":"U8","shape":[1.5]}})", 0, kMalformed, "has 1.5"},
    Wrong{"below zero", R"({"a":{"dtype":"U8","shape":[-1]}})", 0, kMalformed, "has -1"},
    Wrong{"null", R"({"a":{"dtype":null}})", 0, kMalformed, "has null"},
    Wrong{"offsets against shape", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
          kMalformed, "takes 8 bytes"},
    Wrong{"offsets reversed", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}})", 2,
          kMalformed, "takes 2 bytes"},
    Wrong{"too many elements",
          R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
          kMalformed, "too many elements"},
    Wrong{"one huge extent beside a zero",
          R"({"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}})", 0,
          kMalformed, "too many elements"},
    Wrong{"too many bytes",
          R"({"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0,
          kMalformed, "too many bytes"},
    Wrong{"too many dimensions",
          R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}})", 0, kMalformed,
          "dimensions"},
    Wrong{"overlap",
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
              "b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
          6, kMalformed, "also belong to \"a\""},
    Wrong{"the same bytes twice",
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
              "b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
          4, kMalformed, "also belong"},
    Wrong{"hole at the beginning", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2,
          kMalformed, "no tensor"},
    Wrong{"rest at the end", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 2,
          kMalformed, "1 bytes at the end"},
    Wrong{"data without tensors", "{}", 1, kMalformed, "belong to no tensor"},
    Wrong{"metadata that is a list", R"({"__metadata__":[]})", 0, kMalformed, "has a list"},
    Wrong{"metadata that nests", R"({"__metadata__":{"a":{}}})", 0, kMalformed, "has an object"},
    Wrong{"metadata twice", R"({"__metadata__":{},"__metadata__":{}})", 0,
          DiagnosticKind::duplicate_tensor, "twice"},
    Wrong{"a tensor twice",
          R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},
              "a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
          0, DiagnosticKind::duplicate_tensor, "twice"},
    Wrong{"unknown dtype", R"({"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,1]}})", 1,
          DiagnosticKind::unsupported_dtype, "\"Q4\""},
    Wrong{"too short", R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", 7,
          DiagnosticKind::file_truncated, "byte 8"},
};

TEST(SafetensorsHeader, RefusesWhatTheFormatForbids) {
  for (const Wrong& wrong : kWrong) {
    const auto result = parse(wrong.header, wrong.data_bytes);
    ASSERT_FALSE(result) << wrong.what;
    EXPECT_EQ(name_of(result.error().kind), name_of(wrong.kind)) << wrong.what;
    EXPECT_NE(result.error().message.find(wrong.message), std::string::npos)
        << wrong.what << ": " << result.error().message;
    EXPECT_FALSE(result.error().help.empty()) << wrong.what;
  }
}

TEST(SafetensorsHeader, ReadsEveryCornerOfTheFormat) {
  const auto result = parse(
      R"({"__metadata__":{"format":"pt","__metadata__":"x"},
          "scalar":{"shape":[],"data_offsets":[6,10],"dtype":"F32"},
          "empty":{"dtype":"I64","shape":[3,0],"data_offsets":[6,6]},
          "\u00e9":{"dtype":"BF16","shape":[3,1],"data_offsets":[0,6]}}     )",
      10);
  ASSERT_TRUE(result) << to_string(result.error());
  ASSERT_EQ(result->size(), 3U);
  EXPECT_EQ(result->at("scalar").entry.shape, std::vector<std::int64_t>{});
  EXPECT_EQ(result->at("scalar").begin, 6U);
  EXPECT_EQ(result->at("empty").entry.elements(), 0);
  EXPECT_EQ(result->at("\u00e9").entry.dtype, ir::DType::bf16);
}

TEST(SafetensorsHeader, NestingCostsNoStack) {
  std::string header = "{";
  header += R"("a":)";
  header += std::string(1'000'000, '[');
  EXPECT_FALSE(parse(header, 0));
}

TEST(SafetensorsFile, ReadsBytesAtAnyOffsetFromSeveralThreads) {
  const tests::TemporaryFolder folder;
  std::string data;
  for (int i = 0; i < 4096; ++i) data += static_cast<char>(i * 7);
  const auto path = folder.write(
      "model.safetensors",
      tests::safetensors(R"({"b":{"dtype":"U8","shape":[4000],"data_offsets":[96,4096]},)"
                         R"("a":{"dtype":"U8","shape":[96],"data_offsets":[0,96]}})") +
          data);
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << to_string(file.error());
  const StoredTensor& tensor = file->tensors().at("b");
  std::vector<std::thread> threads;
  std::array<bool, 4> right = {};
  for (std::size_t thread = 0; thread < right.size(); ++thread)
    threads.emplace_back([&, thread] {
      right[thread] = true;
      for (std::size_t offset = thread; offset + 100 <= 4000; offset += 37) {
        std::array<std::byte, 100> bytes = {};
        const bool read = static_cast<bool>(file->read(tensor, offset, bytes));
        const auto* expected = reinterpret_cast<const std::byte*>(data.data()) + 96 + offset;
        right[thread] &= read && std::equal(bytes.begin(), bytes.end(), expected);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, (std::array{true, true, true, true}));
}

TEST(SafetensorsFile, NoticesThatTheFileShrinksWhileItIsRead) {
  const tests::TemporaryFolder folder;
  const auto path = folder.write("model.safetensors", tests::made_safetensors("tensor a F32 1000"));
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << to_string(file.error());
  std::filesystem::resize_file(path, 2000);
  std::array<std::byte, 4000> bytes = {};
  const auto read = file->read(file->tensors().at("a"), 0, bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, DiagnosticKind::file_truncated);
}

TEST(SafetensorsFile, OpensRealFilesOfOtherWriters) {
  struct Real {
    std::string_view name;
    std::size_t tensors;
    std::string_view first;
    ir::DType dtype;
    std::vector<std::int64_t> shape;
  };
  const std::vector<Real> real_files = {
      {"heinrich-tiny", 3, "model.embed", ir::DType::f32, {16, 8}},
      {"nutllm-tiny-llama", 21, "lm_head.weight", ir::DType::f32, {4, 4}},
      {"tensor-1d-int32", 1, "embedding", ir::DType::i32, {3}},
      {"tensor-2d-float64", 1, "embedding", ir::DType::f64, {2, 3}},
      {"tensor-3d-float32", 1, "embedding", ir::DType::f32, {2, 2, 3}},
      {"tensor-4d-float32", 1, "embedding", ir::DType::f32, {2, 3, 1, 3}},
  };
  const auto folder = tests::require_test_data("models/safetensors-edge");
  if (!folder) return;
  for (const Real& real : real_files) {
    const auto file = SafetensorsFile::open(*folder / (std::string(real.name) + ".safetensors"));
    ASSERT_TRUE(file) << to_string(file.error());
    const ir::TensorEntry& first = file->tensors().begin()->second.entry;
    EXPECT_EQ(file->tensors().size(), real.tensors) << real.name;
    EXPECT_EQ(first.name, real.first) << real.name;
    EXPECT_EQ(first.dtype, real.dtype) << real.name;
    EXPECT_EQ(first.shape, real.shape) << real.name;
  }
}

TEST(SafetensorsFile, ReadsTheNumbersOfARealFile) {
  const auto path =
      tests::require_test_data("models/safetensors-edge/tensor-2d-float64.safetensors");
  if (!path) return;
  const auto file = SafetensorsFile::open(*path);
  ASSERT_TRUE(file) << to_string(file.error());
  std::array<double, 3> row = {};  // the second of two
  ASSERT_TRUE(file->read(file->tensors().at("embedding"), sizeof row,
                         std::as_writable_bytes(std::span(row))));
  EXPECT_EQ(row, (std::array{24.0, 25.0, 26.0}));
}

TEST(SafetensorsFile, TellsARealHeaderWithoutItsData) {
  const auto path =
      tests::require_test_data("models/safetensors-edge/header-only-large.safetensors");
  if (!path) return;
  const auto file = SafetensorsFile::open(*path);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, DiagnosticKind::file_truncated);
}

}  // namespace
}  // namespace frontends
