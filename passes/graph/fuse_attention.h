// SPDX-License-Identifier: Apache-2.0
// fuse-attention: one matrix for q, k and v, and rotation where q and k are used.
//
//   before   %q = linear %x, @q_proj     %qr = rope %q, %table      %c = cache_write %cache, %kr,
//   %v
//            %k = linear %x, @k_proj     %kr = rope %k, %table      %a = attention %qr, %c
//            %v = linear %x, @v_proj
//   after    %qkv = linear %x, @qkv_proj                  rows of the three weights, concatenated
//            %c = rope_cache_write %cache, %qkv, %table
//            %a = rope_attention %qkv, %table, %c
//
// Three reads of x and six dispatches become one and three. The pattern is left alone when q, k and
// v do not come from the same x, or when another op uses one of them.
#pragma once

#include "ir/graph/graph.h"

namespace passes {

void fuse_attention(ir::graph::Graph& graph);

}  // namespace passes
