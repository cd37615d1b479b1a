// SPDX-License-Identifier: Apache-2.0
// Drawing the next token of each output from its logits, with what the host keeps on the GPU for
// each sequence (runtime/formats/draw_layout.h). The reference is runtime/host/sampler.h: both do
// the same arithmetic on integers, and give the same token for the same logits.
//
//   func draw(outputs, searches)      after `head`
//     adjust     bias, penalties, mask; the largest logit of each chunk of 4096 tokens
//     weigh      distances from the largest logit of all; what each chunk weighs (min_p)
//     histogram, settle      six times for each search: searches = 1 where some output has top_k
//                or top_p, 2 where one has both; 4 bits of the border's distance at a time
//     measure    what each chunk weighs up to the border; after a search only
//     pick       the token at a random point of the weight; it is counted
//   func logprobs(outputs)            after `draw`
//     likeliest  of each chunk: 20 tokens, and its part of the log-sum-exp of the raw logits
//     merge      of all chunks, and the log probability of the token that was drawn
//
// Sums of integers do not depend on their order, so neither does a token on the GPU, nor on what
// else is in the step.
#pragma once

#include "codegen/lower/lowering.h"

namespace codegen::lower {

// Where it is drawn from and to. `logits` holds rows of `vocabulary` words, padded.
struct DrawBuffers {
  std::uint32_t logits = 0, tokens = 0;
  std::uint32_t state = 0;  // what the host keeps: draw_state_bytes
  std::uint32_t logprobs = 0;
  std::uint64_t vocabulary = 0;
};

// Whether a vocabulary's sums stay within their bits.
bool can_draw(std::uint64_t vocabulary);
std::uint64_t draw_state_bytes(std::uint64_t vocabulary, std::uint64_t sequences);

// The dispatches of the two functions.
void lower_draw(Lowering& l, const DrawBuffers& buffers);
void lower_logprobs(Lowering& l, const DrawBuffers& buffers);

}  // namespace codegen::lower
