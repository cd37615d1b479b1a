// SPDX-License-Identifier: Apache-2.0
// Bytes from a stranger through right tokenizers, and ids through their detokenizers: what goes in
// comes out, whole characters only, and special tokens that a stranger writes stay text.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/tokenizer/tokenizer_writer.h"
#include "ir/support/check.h"
#include "runtime/host/detokenizer.h"
#include "runtime/host/tokenizer.h"
#include "runtime/host/utf8.h"
#include "tests/support/small_tokenizers.h"

namespace {

using runtime::host::Detokenizer;
using runtime::host::Tokenizer;
using Ids = std::vector<std::uint32_t>;

struct Subject {
  std::vector<std::byte> file;
  std::unique_ptr<Tokenizer> tokenizer;
  bool lossless = false;  // decoding gives back every text that is UTF-8
};

Subject subject(const ir::TokenizerDescription& description, bool lossless) {
  auto file = codegen::tokenizer::write_tokenizer(description);
  CHECK(file, "a small tokenizer is refused");
  Subject result{.file = *std::move(file), .lossless = lossless};
  runtime::host::TokenizerFault fault{};
  auto tokenizer = Tokenizer::open(result.file, fault);
  CHECK(tokenizer, "a small tokenizer does not open");
  result.tokenizer = std::make_unique<Tokenizer>(*std::move(tokenizer));
  return result;
}

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = [] {
    std::vector<Subject> list;
    list.push_back(subject(tests::small_marked_tokenizer(), false));
    list.push_back(subject(tests::small_byte_tokenizer(), true));
    auto normalizing = tests::small_byte_tokenizer();
    normalizing.normalizers = {ir::UnicodeForm::nfkc, ir::Lowercase{}, ir::NmtText{}};
    list.push_back(subject(normalizing, false));
    list.push_back(subject(tests::small_word_tokenizer(), false));
    list.push_back(subject(tests::small_unigram_tokenizer(), false));
    return list;
  }();
  return all;
}

// As a browser would decode it.
std::string well_formed(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const runtime::host::Utf8Character character = runtime::host::decode_utf8(bytes);
    runtime::host::append_utf8(character.code_point, text);
    bytes.remove_prefix(character.bytes);
  }
  return text;
}

std::string stream(const Tokenizer& tokenizer, const Ids& ids) {
  Detokenizer detokenizer(tokenizer);
  std::string all;
  for (const std::uint32_t id : ids) {
    std::string piece;
    detokenizer.push(id, piece);
    CHECK(well_formed(piece) == piece, "a piece of text is not whole characters");
    all += piece;
  }
  detokenizer.flush(all);
  return all;
}

void check(const Subject& subject, std::string_view text) {
  const Tokenizer& tokenizer = *subject.tokenizer;
  const Ids ids = tokenizer.encode(text, {.add_special = false});
  for (const std::uint32_t id : ids) {
    CHECK(id < tokenizer.size(), "an id of no token");
    CHECK(!tokenizer.is_control(id), "a control token out of plain text");
  }
  const std::string decoded = stream(tokenizer, ids);
  CHECK(decoded == tokenizer.decode(ids), "streaming and decoding differ");
  if (subject.lossless) CHECK(decoded == well_formed(text), "the text does not come back");

  // Of malformed bytes, two halves of a sentinel may meet where a normalizer drops what lies
  // between.
  const std::string whole = well_formed(text);
  const Ids guarded = tokenizer.encode(
      tokenizer.guard(whole), {.add_special = false, .parse_special = true, .guarded = true});
  CHECK(guarded == tokenizer.encode(whole, {.add_special = false}),
        "a guarded text has other tokens");
  (void)tokenizer.encode(text, {.parse_special = true, .guarded = true, .special_once = true});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const auto& all = subjects();
  const Subject& subject = all[bytes[0] % all.size()];
  check(subject, {reinterpret_cast<const char*>(bytes) + 1, size - 1});
  // The same bytes as ids, some of them of no token.
  Ids ids;
  for (std::size_t i = 1; i < size; ++i)
    ids.push_back(i % 2 == 0 ? bytes[i] : bytes[i] + subject.tokenizer->size() - 128);
  CHECK(stream(*subject.tokenizer, ids) == subject.tokenizer->decode(ids),
        "streaming and decoding differ");
  return 0;
}
