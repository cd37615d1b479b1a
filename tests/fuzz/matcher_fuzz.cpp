// SPDX-License-Identifier: Apache-2.0
// Random grammars and random texts: the recognizer agrees with the definition, going on and going
// back are symmetric, and no mask is empty.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "runtime/grammar/list.h"
#include "runtime/grammar/mask.h"
#include "tests/runtime/grammar/table_automaton.h"
#include "tests/runtime/grammar/table_oracle.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The first four bytes are the seed of the grammar; each further one is a step: a letter to read, a
// number of bytes to take back, or a mask to make.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace runtime::grammar;  // NOLINT: what is tested
  if (size < 4 || size > 80) return 0;
  std::mt19937 random(data[0] | data[1] << 8 | data[2] << 16 | std::uint32_t{data[3]} << 24);
  const tests::Table table = tests::random_table(random, 8);
  tests::TableOracle oracle(table);
  Grammar grammar;
  tests::add_table(grammar, table);
  Recognizer recognizer(grammar);

  const List<TokenText> tokens = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"ca", 4}};
  const TokenIndex index(tokens, 6, {5});
  MaskMaker masks(recognizer.chart(), index);
  std::vector<std::uint32_t> words(index.mask_words());
  for (std::size_t i = 4; i < size; ++i) {
    const std::string text(recognizer.text());
    const unsigned step = data[i] % 8;
    if (step < 4 && text.size() < 12) {
      const char letter = static_cast<char>('a' + step % 3);
      check(recognizer.advance(static_cast<std::uint8_t>(letter)) == oracle.begins(text + letter));
      check(recognizer.is_complete() == oracle.is_complete(std::string(recognizer.text())));
    } else if (step < 6) {
      check(masks.fill(recognizer, words) && words[0] != 0);
      for (const TokenText& token : tokens)
        check((words[0] >> token.id & 1U) ==
              (oracle.begins(text + std::string(token.text)) ? 1U : 0U));
    } else if (!text.empty()) {
      const std::size_t bytes = data[i] / 8 % text.size() + 1;
      const std::string last = text.substr(text.size() - bytes);
      recognizer.retreat(bytes);
      check(recognizer.text() == text.substr(0, text.size() - bytes));
      if (step == 6) check(recognizer.advance(last) && recognizer.text() == text);
    }
  }
  return 0;
}
