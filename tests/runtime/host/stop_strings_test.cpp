// SPDX-License-Identifier: Apache-2.0
// Stop strings under every split of a text, against a search of the whole text.
#include "runtime/host/stop_strings.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using runtime::host::StopStrings;
using Strings = std::vector<std::string>;

struct Outcome {
  std::string text;
  std::optional<std::size_t> found;

  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << '"' << outcome.text << "\" found " << (outcome.found ? int(*outcome.found) : -1);
}

// By definition: the occurrence that ends first, of these the longest.
Outcome search(const Strings& stops, const std::string& text) {
  for (std::size_t end = 1; end <= text.size(); ++end) {
    Outcome best;
    for (std::size_t i = 0; i < stops.size(); ++i) {
      const std::string head = text.substr(0, end);
      if (stops[i].empty() || !head.ends_with(stops[i])) continue;
      if (best.found && stops[*best.found].size() >= stops[i].size()) continue;
      best = {head.substr(0, end - stops[i].size()), i};
    }
    if (best.found) return best;
  }
  return {text, std::nullopt};
}

// How much of the end of `text` begins a stop string.
std::size_t longest_begun(const Strings& stops, const std::string& text) {
  std::size_t longest = 0;
  for (const std::string& stop : stops)
    for (std::size_t n = 1; n < stop.size(); ++n)
      if (text.ends_with(stop.substr(0, n))) longest = std::max(longest, n);
  return longest;
}

Outcome stream(const Strings& stops, const Strings& parts) {
  StopStrings stream(stops);
  std::string text;
  std::string read;
  for (const std::string& part : parts) {
    read += part;
    const bool stopped = stream.push(part, text);
    EXPECT_EQ(stopped, stream.found().has_value());
    if (stopped) continue;
    EXPECT_EQ(text, read.substr(0, read.size() - longest_begun(stops, read)));
  }
  stream.flush(text);
  return {text, stream.found()};
}

// All ways to cut a text of at most 12 bytes.
void expect_right_under_every_split(const Strings& stops, const std::string& text) {
  const Outcome expected = search(stops, text);
  for (std::uint32_t cuts = 0; cuts < 1U << (text.size() - 1); ++cuts) {
    Strings parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i > 0 && (cuts >> (i - 1) & 1U) != 0) parts.emplace_back();
      parts.back() += text[i];
    }
    ASSERT_EQ(stream(stops, parts), expected) << text << " cut by " << cuts;
  }
}

TEST(StopStrings, AreFoundUnderEverySplit) {
  expect_right_under_every_split({"\n\n"}, "one\ntwo\n\nx");
  expect_right_under_every_split({"</s>", "END"}, "a</</EN</s>");
  expect_right_under_every_split({"aab"}, "aaaaaaab");
  expect_right_under_every_split({"abcd", "bc"}, "xabcdy");
  expect_right_under_every_split({"c", "abc"}, "xxabcabc");
  expect_right_under_every_split({"ababc"}, "abababab");
  expect_right_under_every_split({"", "b"}, "aaabaaa");
  expect_right_under_every_split({"\xE3\x81\x82"}, "\xE3\x81\x84\xE3\x81\x82z");
  expect_right_under_every_split({}, "abc");
}

TEST(StopStrings, AgreeWithASearchOnRandomTexts) {
  std::mt19937 random(7);
  const auto letters = [&](std::size_t most) {
    std::string text(random() % most + 1, 'a');
    for (char& c : text) c = "ab"[random() % 2];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    Strings stops(random() % 4);
    for (std::string& stop : stops) stop = letters(6);
    const std::string text = letters(30);
    Strings parts;
    for (std::size_t at = 0; at < text.size(); at += parts.back().size())
      parts.push_back(text.substr(at, random() % 5 + 1));
    ASSERT_EQ(stream(stops, parts), search(stops, text)) << text;
  }
}

TEST(StopStrings, DropWhatFollowsUntilReset) {
  StopStrings stops({"END"});
  std::string text;
  EXPECT_TRUE(stops.push("a END b", text));
  EXPECT_TRUE(stops.push("more", text));
  stops.flush(text);
  EXPECT_EQ(text, "a ");
  stops.reset();
  EXPECT_FALSE(stops.push("EN", text));
  stops.flush(text);
  EXPECT_EQ(text, "a EN");
}

}  // namespace
