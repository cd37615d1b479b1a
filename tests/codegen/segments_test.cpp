// SPDX-License-Identifier: Apache-2.0
// The plan of the weight files: every byte of every tensor once, aligned, layers apart.
#include "codegen/weights/segments.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using codegen::weights::layer_of;
using codegen::weights::layout_of;
using codegen::weights::Piece;
using codegen::weights::plan_segments;
using codegen::weights::SegmentPlan;
using ir::Encoding;
using ir::graph::WeightDecl;

std::vector<WeightDecl> sample() {
  return {
      {.name = "model.embed_tokens.weight", .shape = {1000, 96}, .encoding = Encoding::q4},
      {.name = "model.layers.0.norm.weight", .shape = {33}, .encoding = Encoding::f32},
      {.name = "model.layers.0.up.weight", .shape = {50, 40}, .encoding = Encoding::q4},
      {.name = "model.layers.1.norm.weight", .shape = {33}, .encoding = Encoding::f32},
      {.name = "model.layers.0.down.weight", .shape = {40, 50}, .encoding = Encoding::tile_f16},
      {.name = "model.norm.weight", .shape = {1}, .encoding = Encoding::f32},
      {.name = "lm_head.weight", .shape = {1000, 96}, .encoding = Encoding::tile_f32},
  };
}

void expect_laws(const std::vector<WeightDecl>& tensors, const SegmentPlan& plan) {
  std::vector<std::set<std::pair<std::uint64_t, std::uint64_t>>> taken(plan.segments.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::uint64_t covered = 0;
    for (const Piece& piece : plan.pieces[i]) {
      EXPECT_EQ(piece.at, covered) << tensors[i].name;
      covered += piece.bytes;
      EXPECT_EQ(piece.offset % 256, 0U);
      EXPECT_EQ(piece.at % 256, 0U);
      EXPECT_LE(piece.offset + piece.bytes, plan.segments[piece.segment].bytes);
      EXPECT_EQ(plan.segments[piece.segment].layer, layer_of(tensors[i].name));
      taken[piece.segment].insert({piece.offset, piece.offset + piece.bytes});
    }
    EXPECT_EQ(covered, layout_of(tensors[i]).bytes()) << tensors[i].name;
  }
  for (std::size_t s = 0; s < taken.size(); ++s) {
    std::uint64_t end = 0;
    for (const auto& [from, to] : taken[s]) {
      EXPECT_GE(from, end) << "pieces of segment " << s << " overlap";
      EXPECT_LT(from - end, 256U) << "segment " << s << " has a hole";
      end = to;
    }
    EXPECT_EQ(end, plan.segments[s].bytes);
  }
}

TEST(Segments, CoverEveryTensorWhateverTheirSize) {
  for (const std::uint64_t bytes : {1ULL, 4096ULL, 8192ULL, 10000ULL, 65536ULL, 1ULL << 25}) {
    const auto tensors = sample();
    const SegmentPlan plan = plan_segments(tensors, bytes);
    expect_laws(tensors, plan);
    if (bytes < 8192) continue;  // 8 bands of q4 are 6.75 KiB
    for (const auto& segment : plan.segments) EXPECT_LE(segment.bytes, bytes);
  }
}

TEST(Segments, KeepTheScalesOfABandBesideItsCodes) {
  const auto tensors = sample();
  const SegmentPlan plan = plan_segments(tensors, 16384);
  ASSERT_GT(plan.pieces[0].size(), 2U);
  std::map<std::uint32_t, std::vector<std::uint64_t>> bytes;
  for (const Piece& piece : plan.pieces[0]) bytes[piece.segment].push_back(piece.bytes);
  for (const auto& [segment, sizes] : bytes) {
    ASSERT_EQ(sizes.size(), 2U);
    EXPECT_EQ(sizes[0], 8 * sizes[1]);  // 16 bytes of codes to 2 of scale
  }
}

TEST(Segments, GatherALayerThatIsDeclaredInPieces) {
  const SegmentPlan plan = plan_segments(sample());
  std::vector<std::string> layers;
  for (const auto& segment : plan.segments) layers.push_back(segment.layer);
  EXPECT_EQ(layers, (std::vector<std::string>{"model.embed_tokens", "model.layers.0",
                                              "model.layers.1", "model.norm", "lm_head"}));
}

TEST(Segments, NameLayersByTheirFirstNumber) {
  EXPECT_EQ(layer_of("model.layers.12.mlp.experts.3.weight"), "model.layers.12");
  EXPECT_EQ(layer_of("model.norm.weight"), "model.norm");
  EXPECT_EQ(layer_of("weight"), "weight");
}

}  // namespace
