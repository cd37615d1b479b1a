// SPDX-License-Identifier: Apache-2.0
// From a list of merges to the rule of tokenizer.bin, which has no list: neighbours join whenever
// their bytes together are a token, the strongest token first. The two agree when
//
//   1. the merges of one token follow each other, sorted by the id of their left part (so that
//      "rank of the result, then left id" is the order of the list); and
//   2. either the list names every way to cut a token in two tokens (SentencePiece and tiktoken
//      vocabularies), so that the rules speak of the same pairs; or each part ranks before its
//      result (trained byte pair encoding). Then merges inside a token's bytes happen in order of
//      rank, so that just before rank(t) the bytes of t stand in one certain cut, and t can be
//      joined by text only where it can be joined by the list: if merging the bytes of t alone
//      gives t. Tokens for which it does not give t are never joined.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/tokenizer/text_form.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace codegen::tokenizer {

struct MergeRule {
  std::vector<std::uint32_t> ranks;  // of each token; its id where no merge gives it
  std::vector<std::uint8_t> flags;   // kTokenSymbol, kTokenJoined, kTokenWhole
};

// Errors: unsupported_tokenizer, if the list does not follow the rule.
ir::Result<MergeRule> merge_rule_of(const ir::TokenizerDescription& description,
                                    const TextForm& form);

}  // namespace codegen::tokenizer
