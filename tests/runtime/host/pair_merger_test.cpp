// SPDX-License-Identifier: Apache-2.0
// Merging by borders against merging by definition, on random vocabularies: lists of merges as
// training makes them, and lists that name every way to cut a token, in random order, so that parts
// rank after their results.
#include "runtime/host/pair_merger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/support/small_tokenizers.h"
#include "tests/support/tokenizer.h"

namespace {

using Ids = std::vector<std::uint32_t>;
using Random = std::mt19937;

constexpr std::string_view kMark = "\xE2\x96\x81";

std::string spelled(std::string_view text) {
  std::string spelled;
  for (const char c : text) c == ' ' ? spelled += kMark : spelled += c;
  return spelled;
}

std::string random_text(Random& random, std::string_view letters, std::size_t most) {
  std::string text(random() % most + 1, ' ');
  char last = letters[0];
  for (char& c : text) c = last = random() % 3 == 0 ? last : letters[random() % letters.size()];
  return text;
}

// Llama 2's kind: all pieces first, then for each token, in the order given, all of its cuts.
ir::TokenizerDescription every_cut_tokenizer(Random& random) {
  ir::TokenizerDescription tokenizer = tests::small_marked_tokenizer();
  tokenizer.byte_fallback = random() % 2 == 0;
  tokenizer.fuse_unknown = random() % 2 == 0;
  tokenizer.merges.clear();
  std::erase_if(tokenizer.pieces,
                [](const ir::Piece& piece) { return piece.kind == ir::PieceKind::normal; });
  std::map<std::string, std::uint32_t> ids;
  for (const char c : std::string(" abc")) ids[std::string(1, c)] = 0;
  std::vector<std::string> order;
  for (int i = 0; i < 40; ++i) {
    const std::string text = random_text(random, " abc", 6);
    if (ids.emplace(text, 0).second) order.push_back(text);
  }
  for (auto& [text, id] : ids) id = tests::add_piece(tokenizer, spelled(text));
  for (const std::string& text : order) {
    std::vector<ir::Merge> cuts;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const auto left = ids.find(text.substr(0, cut));
      const auto right = ids.find(text.substr(cut));
      if (left != ids.end() && right != ids.end()) cuts.push_back({left->second, right->second});
    }
    std::sort(cuts.begin(), cuts.end(), [](auto a, auto b) { return a.left < b.left; });
    tokenizer.merges.insert(tokenizer.merges.end(), cuts.begin(), cuts.end());
  }
  return tokenizer;
}

// GPT-2's kind: each merge joins two tokens that are there into a new one.
ir::TokenizerDescription trained_tokenizer(Random& random) {
  ir::TokenizerDescription tokenizer = tests::small_byte_tokenizer();
  tokenizer.merges.clear();
  tokenizer.added_tokens.clear();
  tokenizer.pieces.resize(256);
  std::vector<std::string> texts{"a", "b", "c"};
  std::set<std::string> known(texts.begin(), texts.end());
  for (int i = 0; i < 40; ++i) {
    const std::string left = texts[random() % texts.size()];
    const std::string right = texts[random() % texts.size()];
    if (left.size() + right.size() > 20 || !known.insert(left + right).second) continue;
    tests::add_merge(tokenizer, left, right);
    texts.push_back(left + right);
  }
  return tokenizer;
}

// By definition: the first merge of the list that fits anywhere, where it fits first. Characters
// that are no piece never join; they give `uncovered`.
Ids merged(const ir::TokenizerDescription& tokenizer, std::string_view text,
           std::uint32_t uncovered) {
  std::map<std::string, std::uint32_t> ids;
  for (std::uint32_t id = 0; id < tokenizer.pieces.size(); ++id)
    if (tokenizer.pieces[id].kind == ir::PieceKind::normal) ids[tokenizer.pieces[id].text] = id;
  Ids parts;
  for (const char c : text) {
    const auto found = ids.find(spelled(std::string(1, c)));
    parts.push_back(found == ids.end() ? uncovered : found->second);
  }
  const auto joined = [&](const ir::Merge& merge) {
    return ids.at(tokenizer.pieces[merge.left].text + tokenizer.pieces[merge.right].text);
  };
  while (true) {
    std::size_t best = tokenizer.merges.size();
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      for (std::size_t m = 0; m < best; ++m)
        if (tokenizer.merges[m].left == parts[i] && tokenizer.merges[m].right == parts[i + 1]) {
          best = m;
          place = i;
        }
    if (best == tokenizer.merges.size()) return parts;
    parts[place] = joined(tokenizer.merges[best]);
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

void expect_merges_by_definition(const ir::TokenizerDescription& description,
                                 const std::vector<std::string>& texts, std::string_view before,
                                 std::uint32_t uncovered) {
  const auto tokenizer = tests::compile_tokenizer(description);
  ASSERT_TRUE(tokenizer);
  runtime::host::Tokenizer::Scratch scratch;
  Ids ids;
  for (const std::string& text : texts) {
    tokenizer->host().encode(text, {.add_special = false}, scratch, ids);
    ASSERT_EQ(ids, merged(description, std::string(before) + text, uncovered)) << text;
  }
}

TEST(PairMerger, FollowsListsThatNameEveryCut) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const ir::TokenizerDescription tokenizer = every_cut_tokenizer(random);
    std::vector<std::string> texts;
    for (int i = 0; i < 60; ++i) texts.push_back(random_text(random, " abcc", 60));
    expect_merges_by_definition(tokenizer, texts, " ", 0);
  }
}

TEST(PairMerger, FollowsTrainedLists) {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const ir::TokenizerDescription tokenizer = trained_tokenizer(random);
    std::vector<std::string> texts;
    for (int i = 0; i < 60; ++i) texts.push_back(random_text(random, "abcx", 80));
    expect_merges_by_definition(tokenizer, texts, "", 'x' - 0x21);
  }
}

TEST(PairMerger, CharactersWithoutTokenStopMerges) {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    ir::TokenizerDescription tokenizer = every_cut_tokenizer(random);
    tokenizer.byte_fallback = true;
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i) texts.push_back(random_text(random, " abcx", 40));
    expect_merges_by_definition(tokenizer, texts, " ", 3 + 'x');
  }
}

// 20,000 equal letters cost no more for each than 200 do: no quadratic search, and no heap either.
TEST(PairMerger, LongRunsAreMergedLikeShortOnes) {
  Random random(4);
  const ir::TokenizerDescription description = trained_tokenizer(random);
  const auto tokenizer = tests::compile_tokenizer(description);
  ASSERT_TRUE(tokenizer);
  const std::string text(200, 'a');
  const Ids expected = merged(description, text, 0);
  EXPECT_EQ(tokenizer->host().encode(text, {.add_special = false}), expected);
  EXPECT_EQ(tokenizer->host().decode(tokenizer->host().encode(std::string(1000000, 'a'))).size(),
            1000000U);
}

}  // namespace
