// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/form_table.h"

#include <map>
#include <set>
#include <span>
#include <string>

#include "codegen/tokenizer/code_point_set.h"
#include "codegen/tokenizer/section_bytes.h"
#include "codegen/tokenizer/unicode_mappings.h"
#include "runtime/formats/normalizer_bin.h"
#include "runtime/host/utf8.h"

namespace codegen::tokenizer {
namespace {

using namespace runtime::formats;  // NOLINT: what is written

void read_decompositions(std::span<const std::uint32_t> list,
                         std::map<std::uint32_t, std::string>& decompositions) {
  for (std::size_t i = 0; i < list.size(); i += 2 + list[i + 1]) {
    std::string text;
    for (const std::uint32_t point : list.subspan(i + 2, list[i + 1]))
      runtime::host::append_utf8(point, text);
    decompositions[list[i]] = std::move(text);
  }
}

void set_range(std::vector<std::uint8_t>& values, std::uint32_t first, std::uint32_t last,
               std::uint8_t bit) {
  for (std::uint32_t point = first; point <= last; ++point) values[point] |= bit;
}

std::vector<std::uint8_t> orders() {
  std::vector<std::uint8_t> values(kLastCodePoint + 1);
  const auto runs = combining_orders();
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    const std::uint32_t end = i + 2 < runs.size() ? runs[i + 2] : kLastCodePoint + 1;
    for (std::uint32_t point = runs[i]; point < end; ++point)
      values[point] = static_cast<std::uint8_t>(runs[i + 1]);
  }
  return values;
}

}  // namespace

std::vector<std::byte> form_table(ir::UnicodeForm form) {
  const bool composes = form == ir::UnicodeForm::nfc || form == ir::UnicodeForm::nfkc;
  const bool compatible = form == ir::UnicodeForm::nfkc || form == ir::UnicodeForm::nfkd;
  std::map<std::uint32_t, std::string> decompositions;
  read_decompositions(canonical_decompositions(), decompositions);
  std::set<std::uint32_t> unstable;  // do not come back when composed
  for (const auto& [point, text] : decompositions) unstable.insert(point);
  std::vector<std::uint8_t> values = orders();
  const auto triples = composes ? canonical_compositions() : std::span<const std::uint32_t>();
  std::vector<Composition> compositions;
  for (std::size_t i = 0; i < triples.size(); i += 3) {
    compositions.push_back({triples[i], triples[i + 1], triples[i + 2]});
    values[triples[i + 1]] |= kFormChanges;
    unstable.erase(triples[i + 2]);
  }
  if (compatible) {
    const auto list = compatibility_decompositions();
    read_decompositions(list, decompositions);
    for (std::size_t i = 0; i < list.size(); i += 2 + list[i + 1]) unstable.insert(list[i]);
  }
  // Hangul: syllables decompose by arithmetic; vowels and final consonants join what precedes them.
  set_range(values, 0xac00, 0xd7a3, kFormDecomposes);
  if (composes) {
    set_range(values, 0x1161, 0x1175, kFormChanges);
    set_range(values, 0x11a8, 0x11c2, kFormChanges);
  } else {
    set_range(values, 0xac00, 0xd7a3, kFormChanges);
  }

  std::vector<Decomposition> entries;
  std::string text;
  for (const auto& [point, to] : decompositions) {
    values[point] |= kFormDecomposes;
    if (unstable.contains(point)) values[point] |= kFormChanges;
    entries.push_back(
        {point, static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(to.size())});
    text += to;
  }
  const PointBlocks<std::uint8_t> blocks(values);
  SectionBytes section;
  section.add_one(FormHeader{.compose = composes ? 1U : 0U,
                             .blocks = blocks.count(),
                             .decompositions = static_cast<std::uint32_t>(entries.size()),
                             .compositions = static_cast<std::uint32_t>(compositions.size()),
                             .text_bytes = static_cast<std::uint32_t>(text.size())});
  blocks.append_to(section);
  section.add(std::span(entries));
  section.add(std::span(compositions));
  section.add_text(text);
  return section.take();
}

}  // namespace codegen::tokenizer
