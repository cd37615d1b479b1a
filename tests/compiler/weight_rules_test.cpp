// SPDX-License-Identifier: Apache-2.0
// --quantize PATTERN=NAME: which matrices a pattern names, which rule counts, what is refused.
#include "compiler/weight_rules.h"

#include <gtest/gtest.h>

namespace compiler {
namespace {

using ir::Encoding;

// A tied model: the head reads the embeddings.
ir::graph::Graph tied_graph() {
  auto graph = ir::graph::parse(R"(graph Llama
weight @model.embed_tokens.weight: f32[40, 8]
weight @model.layers.0.norm.weight: f32[8]
weight @model.layers.0.mlp.up_proj.weight: f32[24, 8]
weight @model.layers.1.mlp.up_proj.weight: f32[24, 8]
func forward(%tokens: u32[rows]) {
  %h = gather @model.embed_tokens.weight, %tokens at "model.embed_tokens"
  %n = rms_norm %h, @model.layers.0.norm.weight, epsilon=1e-05 at "model.layers.0.norm"
  %a = linear %n, @model.layers.0.mlp.up_proj.weight, _ at "model.layers.0.mlp.up_proj"
  %b = linear %n, @model.layers.1.mlp.up_proj.weight, _ at "model.layers.1.mlp.up_proj"
  %c = add %a, %b
  return %c
}
func head(%hidden: f32[rows, 8]) {
  %logits = linear %hidden, @model.embed_tokens.weight, _ at "lm_head"
  return %logits
})",
                                "tied.graph");
  EXPECT_TRUE(graph) << to_string(graph.error());
  return *std::move(graph);
}

ir::Result<EncodingByName> apply(std::string_view rules) {
  TRY(const auto parsed, parse_weight_rules(rules));
  return apply_weight_rules(tied_graph(), parsed);
}
EncodingByName encodings(std::string_view rules) {
  const auto applied = apply(rules);
  EXPECT_TRUE(applied) << to_string(applied.error());
  return applied ? *applied : EncodingByName();
}

TEST(WeightRules, PatternsAreGlobs) {
  EXPECT_TRUE(matches("a.b", "a.b"));
  EXPECT_FALSE(matches("a.b", "a.bc"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*.up_proj", "model.layers.0.mlp.up_proj"));
  EXPECT_FALSE(matches("*.up_proj", "model.layers.0.mlp.up_proj.weight"));
  EXPECT_TRUE(matches("model.layers.?.mlp.*", "model.layers.3.mlp.gate_proj"));
  EXPECT_FALSE(matches("model.layers.?.mlp.*", "model.layers.13.mlp.gate_proj"));
  EXPECT_TRUE(matches("*a*b*", "xxaxxabxx"));
  EXPECT_FALSE(matches("*a*b", "xxaxxabxx"));
}

TEST(WeightRules, NameTensorsWithOrWithoutTheSuffix) {
  const EncodingByName one = {{"model.layers.0.mlp.up_proj.weight", Encoding::q8}};
  EXPECT_EQ(encodings("model.layers.0.mlp.up_proj=q8f16_1"), one);
  EXPECT_EQ(encodings("model.layers.0.mlp.up_proj.weight=q8f16_1"), one);
}

TEST(WeightRules, NameATiedHeadByItsModule) {
  const EncodingByName tied = {{"model.embed_tokens.weight", Encoding::q8}};
  EXPECT_EQ(encodings("lm_head=q8f16_1"), tied);
  EXPECT_EQ(encodings("model.embed_tokens=q8f16_1"), tied);
}

TEST(WeightRules, TheLastOneCountsAndVectorsAreLeftAlone) {
  const EncodingByName expected = {{"model.embed_tokens.weight", Encoding::q3},
                                   {"model.layers.0.mlp.up_proj.weight", Encoding::q3},
                                   {"model.layers.1.mlp.up_proj.weight", Encoding::tile_f16}};
  EXPECT_EQ(encodings("*=q3f16_1,model.layers.1.*=q0f16"), expected);
}

TEST(WeightRules, AreKeptAsText) {
  constexpr std::string_view kText = "lm_head=q8f16_1,*.up_proj=q3f16_1";
  const auto rules = parse_weight_rules(kText);
  ASSERT_TRUE(rules);
  EXPECT_EQ(to_string(*rules), kText);
  EXPECT_TRUE(parse_weight_rules("")->empty());
}

TEST(WeightRules, FaultsSayWhatWasMeant) {
  const auto fault = [](std::string_view rules) {
    const auto applied = apply(rules);
    return applied ? std::string() : to_string(applied.error());
  };
  const std::string near = fault("model.layers.0.mlp.up_prj=q8f16_1");
  EXPECT_NE(near.find("\"model.layers.0.mlp.up_prj\" names no matrix"), std::string::npos) << near;
  EXPECT_NE(near.find("did you mean model.layers.0.mlp.up_proj?"), std::string::npos) << near;
  const std::string far = fault("vision_tower.*=q8f16_1");
  EXPECT_NE(far.find("its matrices are lm_head, model.embed_tokens,"), std::string::npos) << far;
  EXPECT_NE(fault("model.layers.0.norm=q8f16_1"), "");  // a vector
  EXPECT_NE(fault("lm_head=q5").find("there is no quantization \"q5\""), std::string::npos);
  EXPECT_NE(fault("lm_head").find("is not PATTERN=NAME"), std::string::npos);
  EXPECT_NE(fault("=q8f16_1").find("is not PATTERN=NAME"), std::string::npos);
}

}  // namespace
}  // namespace compiler
