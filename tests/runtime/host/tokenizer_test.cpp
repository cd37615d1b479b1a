// SPDX-License-Identifier: Apache-2.0
// The tokenizer on small vocabularies, on long texts, and on damaged files.
#include "runtime/host/tokenizer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "runtime/host/detokenizer.h"
#include "tests/support/small_tokenizers.h"
#include "tests/support/test_data.h"
#include "tests/support/tokenizer.h"

namespace {

using runtime::host::Detokenizer;
using runtime::host::Tokenizer;
using runtime::host::TokenizerFault;
using Ids = std::vector<std::uint32_t>;

constexpr std::uint32_t kFirstByte = 3;  // of the marked tokenizer

std::vector<std::string> tokens_of(const Tokenizer& tokenizer, std::string_view text,
                                   runtime::host::EncodeOptions options = {.add_special = false}) {
  std::vector<std::string> tokens;
  for (const std::uint32_t id : tokenizer.encode(text, options))
    tokens.emplace_back(tokenizer.token_bytes(id));
  return tokens;
}

using Strings = std::vector<std::string>;

TEST(MarkedTokenizer, MergesTheStrongestPairFirst) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "hello world"), (Strings{" hello", " w", "o", "r", "l", "d"}));
  EXPECT_EQ(tokens_of(host, "ll"), (Strings{" ", "ll"}));
  EXPECT_EQ(tokens_of(host, "aaaaaaa"), (Strings{" ", "aaaa", "aa", "a"}));
  EXPECT_EQ(tokens_of(host, ""), Strings{});
  EXPECT_EQ(host.encode(""), Ids{1});
  EXPECT_EQ(tokens_of(host, "o\xE2\x96\x81o"), tokens_of(host, "o o"));
  EXPECT_EQ(host.encode("\n", {.add_special = false}).back(), kFirstByte + 10);
}

TEST(MarkedTokenizer, ControlTokensInTextNeedPermission) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  const Ids parsed = host.encode("hello</s>hello", {.parse_special = true});
  EXPECT_EQ(parsed.size(), 4U);
  EXPECT_EQ(parsed[0], 1U);
  EXPECT_EQ(parsed[2], 2U);
  EXPECT_EQ(parsed[1], parsed[3]);
  for (const std::uint32_t id : host.encode("hello</s>hello", {.add_special = false}))
    EXPECT_FALSE(host.is_control(id));
  EXPECT_EQ(host.decode(host.encode("hello</s>hello")), "hello</s>hello");
  EXPECT_EQ(host.added_token("</s>"), 2U);
  EXPECT_EQ(host.added_token("</s"), std::nullopt);
}

TEST(ByteTokenizer, CutsBeforeItMerges) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_byte_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "hell hell"), (Strings{"hell", " hell"}));
  EXPECT_EQ(tokens_of(host, "hell  hell"), (Strings{"hell", " ", " hell"}));
  EXPECT_EQ(tokens_of(host, "aa1aa"), (Strings{"aa", "1", "aa"}));
  EXPECT_EQ(tokens_of(host, "\xC3\xA9"), (Strings{"\xC3", "\xA9"}));
  EXPECT_EQ(tokens_of(host, "\xFF"), Strings{"\xFF"});
}

TEST(Detokenizer, EmitsWholeCharacters) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  Detokenizer stream(tokenizer->host());
  const auto push_byte = [&](std::uint32_t byte) {
    std::string text;
    stream.push(kFirstByte + byte, text);
    return text;
  };
  EXPECT_EQ(push_byte(0xf0), "");
  EXPECT_EQ(push_byte(0x9f), "");
  EXPECT_EQ(push_byte(0xa6), "");
  EXPECT_EQ(push_byte(0x99), "\xF0\x9F\xA6\x99");
  EXPECT_EQ(push_byte(0xe2), "");
  EXPECT_EQ(push_byte('x'), "\xEF\xBF\xBDx");
  EXPECT_EQ(push_byte(0xff), "\xEF\xBF\xBD");
  EXPECT_EQ(push_byte(0xc3), "");
  std::string text;
  stream.push(1, text);  // a control token between two halves of a character is no text
  stream.push(kFirstByte + 0xa9, text);
  EXPECT_EQ(text, "\xC3\xA9");
  EXPECT_EQ(push_byte(0xe2), "");
  stream.flush(text);
  EXPECT_EQ(text, "\xC3\xA9\xEF\xBF\xBD");
}

TEST(Detokenizer, StripsOneSpaceAtTheVeryStart) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(host.decode(host.encode(" hello hello")), " hello hello");
  const auto decoded = [&](runtime::host::DetokenizerOptions options) {
    std::string text;
    Detokenizer stream(host, options);
    for (const std::uint32_t id : host.encode("hello")) stream.push(id, text);
    return text;
  };
  EXPECT_EQ(decoded({}), "hello");
  EXPECT_EQ(decoded({.at_start = false}), " hello");
  EXPECT_EQ(decoded({.skip_control = false}), "<s> hello");
}

// Bytes in, the same bytes out, through every kind of token.
TEST(Tokenizer, RandomTextSurvivesTheRoundTrip) {
  const auto marked = tests::compile_tokenizer(tests::small_marked_tokenizer());
  const auto bytes = tests::compile_tokenizer(tests::small_byte_tokenizer());
  ASSERT_TRUE(marked && bytes);
  std::mt19937 random(1);
  const std::vector<std::string> parts = {
      "hello", " ", "a", "\n", "\xC3\xA9", "w", "ll", "1", "\xF0\x9F\xA6\x99", "</s>"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = random() % 20; i > 0; --i) text += parts[random() % parts.size()];
    EXPECT_EQ(marked->host().decode(marked->host().encode(text)), text);
    EXPECT_EQ(bytes->host().decode(bytes->host().encode(text)), text);
  }
}

// Texts of one megabyte, some of them a single piece, come to an end: work that grows with the
// square of the length would outlast the test's time limit a hundredfold.
TEST(Tokenizer, LongTextsComeToAnEnd) {
  for (const char* name : {"tokenizers/llama2", "tokenizers/gpt2"}) {
    const auto folder = tests::require_test_data(name);
    if (!folder) return;
    const auto tokenizer = tests::compile_tokenizer(*folder);
    ASSERT_TRUE(tokenizer);
    std::mt19937 random(3);
    for (const std::string_view alphabet : {"a", "ab", " ", "=-", "the quick brown"}) {
      std::string text;
      while (text.size() < 1'000'000) text.push_back(alphabet[random() % alphabet.size()]);
      EXPECT_EQ(tokenizer->host().decode(tokenizer->host().encode(text)), text) << name << alphabet;
    }
  }
}

// Whatever a file holds, opening and using it reads nothing outside it. (The sanitizers watch.)
void use(std::span<const std::byte> file) {
  // A copy of its own, so that a read past its end is seen.
  const std::vector<std::byte> copy(file.begin(), file.end());
  TokenizerFault fault{};
  const auto tokenizer = Tokenizer::open(copy, fault);
  EXPECT_EQ(tokenizer.has_value(), fault == TokenizerFault::none);
  if (!tokenizer) return;
  const Ids ids =
      tokenizer->encode("<s>hello aaaa \xF0\x9F\xA6\x99 1</s>\n", {.parse_special = true});
  tokenizer->decode(ids);
  tokenizer->decode(Ids{0, 7, 0xffffffffU, tokenizer->size()});
}

class DamagedFile : public testing::TestWithParam<bool> {
 protected:
  static std::vector<std::byte> file() {
    const auto tokenizer = tests::compile_tokenizer(GetParam() ? tests::small_byte_tokenizer()
                                                               : tests::small_marked_tokenizer());
    return tokenizer ? tokenizer->file() : std::vector<std::byte>();
  }
};

TEST_P(DamagedFile, Truncated) {
  const std::vector<std::byte> whole = file();
  ASSERT_FALSE(whole.empty());
  use(whole);
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += bytes < 400 ? 1 : 37) {
    TokenizerFault fault{};
    EXPECT_FALSE(Tokenizer::open(std::span(whole).first(bytes), fault)) << bytes;
    use(std::span(whole).first(bytes));
  }
}

TEST_P(DamagedFile, ChangedAtRandom) {
  const std::vector<std::byte> whole = file();
  ASSERT_FALSE(whole.empty());
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> damaged = whole;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      // Half of the changes hit the header and the small sections.
      const std::size_t range = random() % 2 == 0 ? damaged.size() : 256;
      damaged[random() % range] = static_cast<std::byte>(random());
    }
    use(damaged);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DamagedFile, testing::Bool(),
                         [](const auto& info) { return info.param ? "Bytes" : "Marked"; });

TEST(TokenizerFile, SaysWhatIsWrong) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  const auto fault_at = [&](std::size_t word, std::uint32_t value) {
    std::vector<std::byte> file = tokenizer->file();
    std::memcpy(file.data() + 4 * word, &value, 4);
    TokenizerFault fault{};
    Tokenizer::open(file, fault);
    return fault;
  };
  EXPECT_EQ(fault_at(0, 0), TokenizerFault::not_a_tokenizer);
  EXPECT_EQ(fault_at(1, 99), TokenizerFault::other_version);
  EXPECT_EQ(fault_at(2, 0x7fffffff), TokenizerFault::truncated);
  EXPECT_EQ(fault_at(3, 0x7fffffff), TokenizerFault::bad_section);
  EXPECT_EQ(fault_at(5, 0xfffffff0), TokenizerFault::bad_section);
}

}  // namespace
