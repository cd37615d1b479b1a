// SPDX-License-Identifier: Apache-2.0
// Random schemas: the grammar has exactly the values that a naive validator finds valid, and what a
// random walk through it writes is valid.
#include "tests/runtime/grammar/schema/random_schemas.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/schema/json_schema.h"
#include "tests/runtime/grammar/schema/naive_validator.h"
#include "tests/runtime/grammar/schema/suites.h"

namespace tests::schema {
namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using runtime::grammar::json::Value;
using runtime::grammar::schema::add_json_schema;
using runtime::grammar::schema::KeyOrder;
using runtime::grammar::schema::Layout;
using runtime::grammar::schema::Whitespace;

constexpr unsigned kSchemas = 3000;
constexpr unsigned kValues = 60;

// Bytes that the walk prefers, so that values come to an end.
constexpr std::string_view kClosing = "\"}],:";
constexpr std::string_view kCommon = "}]\"{[,:ab01truefalsn\\.-5";

// A text of the grammar; empty where the walk got lost in a long string.
std::string walk(Grammar& grammar, std::mt19937& random) {
  Recognizer recognizer(grammar);
  for (unsigned steps = 0; steps < 300; ++steps) {
    if (recognizer.is_complete() && (random() % 3 == 0 || steps > 100)) break;
    const std::string_view bytes = steps > 60 ? kClosing : kCommon;
    bool moved = false;
    for (unsigned tries = 0; tries < 12 && !moved; ++tries) {
      moved = recognizer.advance(static_cast<std::uint8_t>(bytes[random() % bytes.size()]));
    }
    const unsigned first = random() % 256;
    for (unsigned i = 0; i < 256 && !moved; ++i) {
      moved = recognizer.advance(static_cast<std::uint8_t>(first + i));
    }
    if (!moved) {
      EXPECT_TRUE(recognizer.is_complete()) << "dead end after " << recognizer.text();
      break;
    }
  }
  return recognizer.is_complete() ? std::string(recognizer.text()) : std::string();
}

TEST(RandomSchemas, the_grammar_has_the_valid_values_and_no_others) {
  std::map<std::string, unsigned> refusals;
  unsigned values = 0, valid_values = 0, wrong = 0;
  for (unsigned seed = 0; seed < kSchemas && wrong < 10; ++seed) {
    RandomJson random(seed);
    const std::string text = random.schema();
    const Value schema = read_json(text);
    Grammar grammar;
    const auto start = add_json_schema(grammar, text, {}, {Whitespace::compact, KeyOrder::any});
    const bool is_void =
        !start && std::string_view(start.refusal().message).starts_with("no value");
    if (!start) ++refusals[start.refusal().message];
    if (!start && !is_void) continue;
    if (start) grammar.set_start(*start);
    for (unsigned i = 0; i < kValues && wrong < 10; ++i) {
      const Value value = read_json(random.value());
      const bool valid = is_valid(schema, value);
      ++values;
      valid_values += valid ? 1 : 0;
      const std::string written = write(value, Style::compact);
      grammar.fuel().refill();
      bool accepted = false;
      if (start) {
        Recognizer recognizer(grammar);
        accepted = recognizer.advance(written) && recognizer.is_complete();
      }
      if (accepted == valid) continue;
      ++wrong;
      ADD_FAILURE() << (accepted ? "wrong accept" : "wrong reject") << ", seed " << seed << "\n  "
                    << text << "\n  " << written;
    }
  }
  std::printf("%u values, %u of them valid\n", values, valid_values);
  for (const auto& [message, count] : refusals) {
    std::printf("  refused %u: %s\n", count, message.c_str());
  }
}

TEST(RandomSchemas, walks_write_valid_values) {
  unsigned texts = 0, wrong = 0;
  for (unsigned seed = 0; seed < kSchemas / 2 && wrong < 10; ++seed) {
    RandomJson random(seed);
    std::mt19937 steps(seed);
    const std::string text = random.schema();
    const Value schema = read_json(text);
    const Layout layout{seed % 2 == 0 ? Whitespace::compact : Whitespace::bounded,
                        seed % 3 == 0 ? KeyOrder::any : KeyOrder::declared};
    Grammar grammar;
    const auto start = add_json_schema(grammar, text, {}, layout);
    if (!start) continue;
    grammar.set_start(*start);
    for (unsigned i = 0; i < 10 && wrong < 10; ++i) {
      grammar.fuel().refill();
      const std::string written = walk(grammar, steps);
      if (written.empty()) continue;
      ++texts;
      if (is_valid(schema, read_json(written))) continue;
      ++wrong;
      ADD_FAILURE() << "seed " << seed << "\n  " << text << "\n  " << written;
    }
  }
  std::printf("%u texts\n", texts);
  EXPECT_GT(texts, kSchemas);
}

}  // namespace
}  // namespace tests::schema
