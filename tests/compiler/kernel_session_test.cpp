// SPDX-License-Identifier: Apache-2.0
// The kernels of a model, run as the runtime runs them, against the golden ids: whatever the chunks
// in which a text is fed, the next id is the golden one.
#include "compiler/kernel_session.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/model.h"
#include "compiler/pass_runner.h"
#include "ir/graph/language_model.h"
#include "tests/support/test_data.h"

namespace compiler {
namespace {

struct Compiled {
  Model model;
  Compilation compilation;
  std::vector<std::uint32_t> ids;  // prompt and golden continuation
  std::size_t prompt = 0;

  std::unique_ptr<KernelSession> session(SessionOptions options = {}) const {
    options.vocabulary = static_cast<std::uint32_t>(model.folder.config.vocab_size);
    auto opened = KernelSession::open(*compilation.program,
                                      encoded_weights(compilation.graph, *model.folder.weights),
                                      std::move(options));
    if (!opened) ADD_FAILURE() << to_string(opened.error());
    return opened ? *std::move(opened) : nullptr;
  }
};

std::optional<Compiled> compiled(const char* name, const char* quantization = "q0f32") {
  const auto folder = tests::require_test_data(name);
  if (!folder) return std::nullopt;
  auto model = open_model(*folder, std::nullopt);
  if (!model) return std::nullopt;
  auto compilation = compile_in_memory(*model, *quantization_named(quantization));
  if (!compilation) return std::nullopt;
  std::ifstream golden(*folder / "golden-greedy.json");
  const auto json = nlohmann::json::parse(golden, nullptr, false);
  auto ids = json["prompt_ids"].get<std::vector<std::uint32_t>>();
  const std::size_t prompt = ids.size();
  for (const std::uint32_t id : json["greedy_ids"]) ids.push_back(id);
  return Compiled{*std::move(model), *std::move(compilation), std::move(ids), prompt};
}

// A chunk size and how many ids are fed before the next one is asked for.
struct Chunks {
  std::size_t chunk, ids;
};

class Prefill : public testing::TestWithParam<Chunks> {};

TEST_P(Prefill, GivesTheGoldenNextId) {
  const auto stories = compiled("models/stories260K-hf");
  if (!stories) return;
  const auto session = stories->session();
  ASSERT_TRUE(session);
  const std::span<const std::uint32_t> text = std::span(stories->ids).first(GetParam().ids);
  for (std::size_t begin = 0; begin < text.size(); begin += GetParam().chunk) {
    const auto fed =
        session->feed(text.subspan(begin, std::min(GetParam().chunk, text.size() - begin)));
    ASSERT_TRUE(fed) << to_string(fed.error());
  }
  const auto logits = session->logits();
  ASSERT_TRUE(logits) << to_string(logits.error());
  EXPECT_EQ(ir::graph::argmax(*logits), stories->ids[GetParam().ids]);
  const auto next = session->next();
  ASSERT_TRUE(next) << to_string(next.error());
  EXPECT_EQ(*next, stories->ids[GetParam().ids]);
}

std::vector<Chunks> all_chunks() {
  std::vector<Chunks> all;
  for (const std::size_t chunk : {1, 7, 64, 65})
    for (const std::size_t ids : {1, 63, 64, 65, 129, 199}) all.push_back({chunk, ids});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Chunks, Prefill, testing::ValuesIn(all_chunks()), [](const auto& info) {
  return "Chunk" + std::to_string(info.param.chunk) + "Ids" + std::to_string(info.param.ids);
});

TEST(KernelSession, GrowsThePoolsAsTheTextGrows) {
  const auto stories = compiled("models/stories260K-hf");
  if (!stories) return;
  const auto session = stories->session({.initial_pages = 1});
  ASSERT_TRUE(session);
  EXPECT_EQ(session->page_capacity(), 1U);
  ASSERT_TRUE(session->feed(std::span(stories->ids).first(65)));
  EXPECT_EQ(session->page_capacity(), 2U);
  ASSERT_TRUE(session->feed(std::span(stories->ids).subspan(65, 64)));
  EXPECT_EQ(session->page_capacity(), 4U);
  const auto next = session->next();
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, stories->ids[129]);
}

TEST(KernelSession, GoesOnFromWhereItWasRewound) {
  const auto stories = compiled("models/stories260K-hf");
  if (!stories) return;
  const auto session = stories->session();
  ASSERT_TRUE(session);
  std::vector<std::uint32_t> wrong(stories->ids.begin(), stories->ids.begin() + 40);
  wrong.insert(wrong.end(), 30, 5);
  ASSERT_TRUE(session->feed(wrong));
  session->rewind(40);
  ASSERT_TRUE(session->feed(std::span(stories->ids).subspan(40, 30)));
  const auto next = session->next();
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, stories->ids[70]);
}

TEST(KernelSession, DoesNotDependOnTheOrderOfWorkgroups) {
  const auto stories = compiled("models/stories260K-hf", "q4f16_1");
  if (!stories) return;
  std::vector<std::vector<float>> logits;
  for (const std::uint64_t seed : {0, 1, 2}) {
    const auto session = stories->session({.run = {.seed = seed}});
    ASSERT_TRUE(session);
    ASSERT_TRUE(session->feed(std::span(stories->ids).first(70)));
    auto row = session->logits();
    ASSERT_TRUE(row);
    logits.push_back(*std::move(row));
  }
  EXPECT_EQ(logits[0], logits[1]);
  EXPECT_EQ(logits[0], logits[2]);
}

// What a GPU would let pass: the first dispatch is missing, so that the second reads scratch that
// nobody wrote.
TEST(KernelSession, ReportsAReadOfUnwrittenMemory) {
  auto stories = compiled("models/stories260K-hf");
  if (!stories) return;
  for (auto& function : stories->compilation.program->functions)
    if (function.name == "forward") function.steps.erase(function.steps.begin());
  const auto session = stories->session();
  ASSERT_TRUE(session);
  const auto fed = session->feed(std::span(stories->ids).first(3));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().kind, ir::DiagnosticKind::kernel_fault);
}

}  // namespace
}  // namespace compiler
