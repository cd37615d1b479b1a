// SPDX-License-Identifier: Apache-2.0
// Whole models: kernels run as the runtime runs them, against the reference interpreter and the
// golden ids.
//
// How far may logits lie apart? Worst-case bounds that hold for every order of every sum
// (ir/graph/bounded.h) grow by a factor with each layer: they stay finite for tiny-random-llama2
// (3e-6), and say nothing after the five layers of stories260K. There the bound is statistical:
// the reference runs in f32 and in f64, and the largest difference of any logit at any position
// measures what rounding does to this model on this text. Kernels do the same operations in f32 in
// another order, so their errors are drawn alike; kernels and reference together may differ by
// twice that, and kSpread leaves room for the tails.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/kernel_session.h"
#include "compiler/pass_runner.h"
#include "ir/graph/language_model.h"
#include "tests/numerics/golden_models.h"
#include "tests/support/test_data.h"

namespace tests::numerics {
namespace {

using ir::graph::ReferenceModel;
using Ids = std::vector<std::uint32_t>;

constexpr double kSpread = 8;

using ChangeOptions = void (*)(codegen::lower::LowerOptions& options);

void only_generic(codegen::lower::LowerOptions& options) {
  options.without_forms = codegen::lower::form_names();
  options.without_forms.pop_back();
}

// Every matrix of more than 64 rows lies in parts.
void in_parts(codegen::lower::LowerOptions& options) { options.max_weight_bytes = 1; }

// A model of build/data, compiled as usual or with other options of lowering.
class CompiledModel {
 public:
  // Skips the running test when the data is absent: check ready().
  CompiledModel(std::string_view name, std::string_view quantization,
                ChangeOptions change = nullptr) {
    const auto folder = require_test_data("models/" + std::string(name));
    if (!folder) return;
    auto opened = compiler::open_model(*folder, std::nullopt);
    EXPECT_TRUE(opened) << to_string(opened.error());
    if (!opened) return;
    model_ = std::make_unique<compiler::Model>(*std::move(opened));
    const compiler::Quantization& chosen = *compiler::quantization_named(quantization);
    compiler::PassOptions options = compiler::pass_options(*model_, chosen);
    if (change) change(options.lower);
    const auto runner = compiler::PassRunner::make({});
    auto compiled = runner ? runner->run(model_->graph, options) : runner.error();
    EXPECT_TRUE(compiled) << to_string(compiled.error());
    if (!compiled) return;
    compilation_ = std::make_unique<compiler::Compilation>(*std::move(compiled));
    std::ifstream file(*folder / "golden-greedy.json");
    const auto golden = nlohmann::json::parse(file, nullptr, false);
    prompt_ = golden["prompt_ids"].get<Ids>();
    greedy_ = golden["greedy_ids"].get<Ids>();
    weights_ = std::make_unique<ir::graph::WeightValues>(graph(), *model_->folder.weights);
  }

  bool ready() const { return weights_ != nullptr; }
  const ir::graph::Graph& graph() const { return compilation_->graph; }
  ir::graph::WeightValues& weights() const { return *weights_; }
  const Ids& prompt() const { return prompt_; }
  const Ids& greedy() const { return greedy_; }
  Ids text(std::size_t count) const {
    Ids ids = prompt_;
    ids.insert(ids.end(), greedy_.begin(), greedy_.end());
    ids.resize(count);
    return ids;
  }

  // tests/compiler runs sessions with the sanitizer.
  std::unique_ptr<compiler::KernelSession> session(runtime::host::SlidingWindow window = {}) const {
    auto opened = compiler::KernelSession::open(
        *compilation_->program, compiler::encoded_weights(graph(), *model_->folder.weights),
        {.vocabulary = static_cast<std::uint32_t>(model_->folder.config.vocab_size),
         .window = window,
         .run = {.sanitize = false}});
    EXPECT_TRUE(opened) << to_string(opened.error());
    return opened ? *std::move(opened) : nullptr;
  }

 private:
  std::unique_ptr<compiler::Model> model_;
  std::unique_ptr<compiler::Compilation> compilation_;
  std::unique_ptr<ir::graph::WeightValues> weights_;
  Ids prompt_, greedy_;
};

Ids generate(compiler::KernelSession& session, const Ids& prompt, std::size_t count) {
  const auto generated = compiler::generate(session, prompt, {.max_tokens = count}, false);
  EXPECT_TRUE(generated) << to_string(generated.error());
  return generated ? generated->ids : Ids();
}

class Models : public testing::TestWithParam<const char*> {};

TEST_P(Models, KernelsGiveTheGoldenIds) {
  const CompiledModel model(GetParam(), "q0f32");
  if (!model.ready()) return;
  const auto session = model.session();
  EXPECT_EQ(generate(*session, model.prompt(), model.greedy().size()), model.greedy());
}

TEST_P(Models, GenericKernelsAloneGiveTheGoldenIds) {
  const CompiledModel model(GetParam(), "q0f32", only_generic);
  if (!model.ready()) return;
  const auto session = model.session();
  Ids expected = model.greedy();
  expected.resize(std::min<std::size_t>(expected.size(), 12));
  EXPECT_EQ(generate(*session, model.prompt(), expected.size()), expected);
}

TEST_P(Models, MatricesInPartsGiveTheGoldenIds) {
  const CompiledModel model(GetParam(), "q0f32", in_parts);
  if (!model.ready()) return;
  const auto session = model.session();
  EXPECT_EQ(generate(*session, model.prompt(), model.greedy().size()), model.greedy());
}

// The quantized graph is the truth for quantized kernels.
TEST_P(Models, QuantizedKernelsGiveTheIdsOfTheQuantizedGraph) {
  for (const char* quantization : {"q0f16", "q4f16_1"}) {
    const CompiledModel model(GetParam(), quantization);
    if (!model.ready()) return;
    const std::size_t count = std::min<std::size_t>(model.greedy().size(), 100);
    ReferenceModel<float> reference(model.graph(), model.weights());
    const auto expected = generate_greedily(reference, model.prompt(), count);
    ASSERT_TRUE(expected) << to_string(expected.error());
    const auto session = model.session();
    EXPECT_EQ(generate(*session, model.prompt(), count), *expected) << quantization;
  }
}

INSTANTIATE_TEST_SUITE_P(Data, Models, testing::ValuesIn(kGoldenModels), name_of_model);

// The logits after the first n ids, for each n.
using LogitsAfter = std::map<std::size_t, std::vector<float>>;

LogitsAfter feed_in_chunks(const CompiledModel& model, const std::vector<std::size_t>& counts,
                           std::size_t chunk) {
  LogitsAfter logits;
  const auto session = model.session();
  const Ids ids = model.text(counts.back());
  std::size_t fed = 0;
  for (const std::size_t count : counts) {
    while (fed < count) {
      const std::size_t rows = std::min(chunk, count - fed);
      const auto result = session->feed(std::span(ids).subspan(fed, rows));
      EXPECT_TRUE(result) << to_string(result.error());
      fed += rows;
    }
    const auto row = session->logits();
    EXPECT_TRUE(row) << to_string(row.error());
    logits[count] = *row;
  }
  return logits;
}

TEST(Logits, LieWithinTheBoundAndDoNotDependOnChunks) {
  const std::vector<std::size_t> counts = {1, 63, 64, 65, 129, 199};
  for (const char* quantization : {"q0f32", "q4f16_1"}) {
    const CompiledModel model("stories260K-hf", quantization);
    if (!model.ready()) return;
    const Ids ids = model.text(counts.back());
    const auto exact = ReferenceModel<double>(model.graph(), model.weights()).feed_all(ids);
    const auto f32 = ReferenceModel<float>(model.graph(), model.weights()).feed_all(ids);
    ASSERT_TRUE(exact && f32);
    double noise = 0;
    for (std::size_t i = 0; i < f32->data.size(); ++i)
      noise = std::max(noise, std::abs(f32->data[i] - exact->data[i]));
    EXPECT_LT(noise, 1e-4);  // of logits around 10

    const LogitsAfter once = feed_in_chunks(model, counts, 65);
    const auto vocabulary = static_cast<std::size_t>(exact->shape[1]);
    for (const std::size_t count : counts)
      for (std::size_t i = 0; i < vocabulary; ++i)
        ASSERT_NEAR(once.at(count)[i], exact->data[(count - 1) * vocabulary + i], kSpread * noise)
            << quantization << ", after " << count << " ids, logit " << i;
    // Each row is computed in the same order whatever else is in its step: bits are equal.
    for (const std::size_t chunk : {1, 7, 64})
      EXPECT_EQ(feed_in_chunks(model, counts, chunk), once) << quantization << ", chunk " << chunk;
  }
}

// The logits after every id that the reference gives where the window slides: keys are turned to
// their places in it, as StreamingLLM does.
template <class T>
std::vector<T> feed_sliding(const CompiledModel& model, const Ids& ids,
                            const runtime::host::SlidingWindow& window) {
  ReferenceModel<T> reference(model.graph(), model.weights());
  std::vector<T> all;
  for (std::size_t at = 0; at < ids.size();) {
    if (reference.length() == window.tokens) reference.forget(0, window.sink, window.stride());
    const auto room = static_cast<std::size_t>(window.tokens - reference.length());
    const std::size_t count = std::min(room, ids.size() - at);
    const auto fed = reference.feed_all(std::span(ids).subspan(at, count));
    EXPECT_TRUE(fed) << to_string(fed.error());
    all.insert(all.end(), fed->data.begin(), fed->data.end());
    at += count;
  }
  return all;
}

// Kernels keep keys as they are, at positions that go on, and compute the sink anew: the same
// differences of positions.
TEST(Logits, OfASlidingWindowLieWithinTheBound) {
  for (const runtime::host::SlidingWindow window :
       {runtime::host::SlidingWindow{192, 64}, runtime::host::SlidingWindow{128, 0}}) {
    const CompiledModel model("stories260K-hf", "q0f32");
    if (!model.ready()) return;
    Ids ids = model.text(150);
    const Ids again = ids;
    ids.insert(ids.end(), again.begin(), again.end());
    const std::vector<double> exact = feed_sliding<double>(model, ids, window);
    const std::vector<float> f32 = feed_sliding<float>(model, ids, window);
    double noise = 0;
    for (std::size_t i = 0; i < f32.size(); ++i)
      noise = std::max(noise, std::abs(f32[i] - exact[i]));
    EXPECT_LT(noise, 1e-4);
    const std::size_t vocabulary = exact.size() / ids.size();

    std::map<std::size_t, std::vector<float>> by_chunk;
    for (const std::size_t chunk : {50, 300}) {
      const auto session = model.session(window);
      for (std::size_t fed = 0; fed < ids.size(); fed += chunk) {
        const auto result = session->feed(std::span(ids).subspan(fed, chunk));
        ASSERT_TRUE(result) << to_string(result.error());
      }
      const auto logits = session->logits();
      ASSERT_TRUE(logits) << to_string(logits.error());
      by_chunk[chunk] = *logits;
      for (std::size_t i = 0; i < vocabulary; ++i)
        ASSERT_NEAR((*logits)[i], exact[(ids.size() - 1) * vocabulary + i], kSpread * noise)
            << "logit " << i;
    }
    EXPECT_EQ(by_chunk.at(50), by_chunk.at(300));
  }
}

// Here the derived bound holds through the whole model.
TEST(Logits, LieWithinTheDerivedBoundOfASmallModel) {
  const CompiledModel model("tiny-random-llama2", "q0f32");
  if (!model.ready()) return;
  ReferenceModel<ir::graph::Bounded> reference(model.graph(), model.weights());
  const auto expected = reference.feed(model.prompt());
  ASSERT_TRUE(expected) << to_string(expected.error());
  const auto session = model.session();
  ASSERT_TRUE(session->feed(model.prompt()));
  const auto logits = session->logits();
  ASSERT_TRUE(logits) << to_string(logits.error());
  for (std::size_t i = 0; i < logits->size(); ++i) {
    ASSERT_LT((*expected)[i].error, 1e-5);
    ASSERT_NEAR((*logits)[i], (*expected)[i].value, (*expected)[i].error) << "logit " << i;
  }
}

}  // namespace
}  // namespace tests::numerics
