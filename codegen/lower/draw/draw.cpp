// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/draw/draw.h"

#include "codegen/lower/draw/row.h"

namespace codegen::lower {

using namespace draw;  // NOLINT
using ir::kernel::SizeExpr;
namespace formats = runtime::formats;

namespace {

constexpr std::uint32_t kMostSearches = 2;  // top_k, then top_p

std::uint32_t scratch_words(Lowering& l, const char* name, std::uint64_t words) {
  const std::uint64_t bytes = words * l.capacities().max_sequences * 4;
  return l.scratch(name, (bytes + 15) / 16 * 16);
}

}  // namespace

bool can_draw(std::uint64_t vocabulary) {
  return vocabulary > 0 && vocabulary <= formats::kMaxDrawTokens;
}

std::uint64_t draw_state_bytes(std::uint64_t vocabulary, std::uint64_t sequences) {
  const auto layout = formats::make_draw_layout(static_cast<std::uint32_t>(vocabulary));
  return std::uint64_t{layout.sequence_words} * 4 * sequences;
}

void lower_draw(Lowering& l, const DrawBuffers& buffers) {
  const RowShape shape{buffers.vocabulary};
  const std::uint64_t chunks = shape.chunks();
  const SizeExpr outputs = "outputs", searches = "searches";
  const std::uint32_t keys = scratch_words(l, "draw.keys", shape.padded()),
                      largest = scratch_words(l, "draw.largest", chunks),
                      masses = scratch_words(l, "draw.masses", chunks * kSums),
                      buckets = scratch_words(l, "draw.buckets", chunks * kBuckets * kSums),
                      search = scratch_words(l, "draw.search", kSearchWords);
  const std::uint32_t step = l.step_buffer();
  const auto& layout = l.step_layout();
  l.dispatch(write_adjust(shape, layout), {step, buffers.logits, buffers.state, keys, largest},
             {chunks, outputs, 1});
  l.dispatch(write_weigh(shape, layout), {step, buffers.state, largest, keys, masses, search},
             {chunks, outputs, 1});
  for (std::uint32_t round = 0; round < kMostSearches * kRounds; ++round) {
    l.only_when(greater(searches, std::uint64_t{round / kRounds}));
    l.dispatch(write_histogram(shape), {search, keys, buckets}, {chunks, outputs, 1});
    l.dispatch(write_settle(shape, layout), {step, buffers.state, buckets, search},
               {outputs, 1, 1});
  }
  l.only_when(greater(searches, std::uint64_t{0}));
  l.dispatch(write_measure(shape), {search, keys, masses}, {chunks, outputs, 1});
  l.only_when(std::uint64_t{1});
  l.dispatch(write_pick(shape, layout), {step, search, masses, keys, buffers.state, buffers.tokens},
             {outputs, 1, 1});
}

void lower_logprobs(Lowering& l, const DrawBuffers& buffers) {
  const RowShape shape{buffers.vocabulary};
  const std::uint64_t chunks = shape.chunks();
  const SizeExpr outputs = "outputs";
  const std::uint32_t candidates =
      scratch_words(l, "logprobs.candidates", chunks * formats::kMaxTopLogprobs * 2);
  const std::uint32_t parts = scratch_words(l, "logprobs.parts", chunks * 2);
  l.dispatch(write_likeliest(shape), {buffers.logits, candidates, parts}, {chunks, outputs, 1});
  l.dispatch(write_merge(shape),
             {buffers.logits, candidates, parts, buffers.tokens, buffers.logprobs},
             {outputs, 1, 1});
}

}  // namespace codegen::lower
