// SPDX-License-Identifier: Apache-2.0
// Writes unicode_mappings.cpp from the Unicode tables of the running Node:
//
//   node codegen/tokenizer/make_unicode_mappings.mjs > codegen/tokenizer/unicode_mappings.cpp
const scripts =
  `Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi
  Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Sinhala Tamil Telugu
  Thai Tibetan`.split(/\s+/);
const surrogate = (point) => point >= 0xd800 && point < 0xe000;
const syllable = (point) => point >= 0xac00 && point < 0xd7a4;
const characters = [];
for (let point = 0; point < 0x110000; ++point)
  if (!surrogate(point)) characters.push(String.fromCodePoint(point));
const pointsOf = (text) => [...text].map((c) => c.codePointAt(0));

/** Of each character that `map` changes: itself, how many characters it becomes, these. */
const mapping = (map, skip = () => false) =>
  characters.flatMap((c) => {
    const to = map(c);
    const [point] = pointsOf(c);
    return to === c || skip(point) ? [] : [point, [...to].length, ...pointsOf(to)];
  });

const canonical = mapping((c) => c.normalize('NFD'), syllable);
const compatibility = mapping(
  (c) => (c.normalize('NFKD') === c.normalize('NFD') ? c : c.normalize('NFKD')),
  syllable,
);

// A composite is made of all but the last character of its decomposition, composed, and the last.
const compositions = characters.flatMap((c) => {
  const parts = [...c.normalize('NFD')];
  if (parts.length < 2 || syllable(c.codePointAt(0)) || c.normalize('NFC') !== c) return [];
  const last = parts.pop();
  const first = parts.join('').normalize('NFC');
  if ([...first].length !== 1 || (first + last).normalize('NFC') !== c) throw new Error(c);
  return [[...pointsOf(first + last), c.codePointAt(0)]];
});
compositions.sort(([a, b], [c, d]) => a - c || b - d);

// Two marks change places when the class of the first is the higher one, and neither is 0.
const swaps = (a, b) => {
  const [left, right] = [a, b].map((c) => c.normalize('NFD'));
  return (left + right).normalize('NFD') === right + left && left !== right;
};
const [lowest, highest] = ['\u0334', '\u0345'];
const ranks = []; // one mark of each class, in order
const rankOf = new Map();
for (const c of characters) {
  if ([...c.normalize('NFD')].length > 1) continue;
  if (!swaps(c, lowest) && !swaps(highest, c)) continue;
  let at = ranks.findIndex((mark) => !swaps(c, mark));
  if (at < 0) at = ranks.length;
  if (at === ranks.length || swaps(ranks[at], c)) ranks.splice(at, 0, c);
  rankOf.set(c, c);
}
const rank = (c) => {
  if (!rankOf.has(c)) return 0;
  return 1 + ranks.findIndex((mark) => !swaps(c, mark));
};

/** Runs of characters with the same value; each lasts until the next begins. */
const runs = (value) => {
  const found = [];
  let previous;
  for (const c of characters) {
    const now = value(c);
    if (now !== previous) found.push([c.codePointAt(0), now]);
    previous = now;
  }
  return found;
};
const ranges = (pattern) => {
  const test = new RegExp(pattern, 'u');
  const borders = runs((c) => test.test(c)).map(([point]) => point);
  if (!test.test('\0')) borders.shift();
  if (borders.length % 2 === 1) borders.push(0x110000);
  return borders.flatMap((point, i) => [i % 2 === 0 ? point : point - 1]);
};

const hex = (number) => (number < 10 ? `${number}` : `0x${number.toString(16)}`);
const table = (name, numbers) => {
  const lines = [''];
  for (const item of numbers.flat(2).map(hex)) {
    if (lines.at(-1).length + item.length + 1 > 100) lines.push('');
    lines[lines.length - 1] += `${item},`;
  }
  return `constexpr std::uint32_t ${name}[] = {\n${lines.join('\n')}\n};`;
};
const sets = [
  ['word', '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]'],
  ...scripts.map((s) => [s, `\\p{Script=${s}}`]),
];

const constant = (name) => `k${name[0].toUpperCase()}${name.slice(1)}`;

console.log(`// SPDX-License-Identifier: Apache-2.0
// Made by make_unicode_mappings.mjs from Unicode ${process.versions.unicode}.
#include "codegen/tokenizer/unicode_mappings.h"

namespace codegen::tokenizer {
namespace {

// clang-format off
${table('kCanonical', canonical)}
${table('kCompatibility', compatibility)}
${table(
  'kLowercase',
  mapping((c) => c.toLowerCase()),
)}
${table('kCompositions', compositions)}
${table('kOrders', runs(rank))}
${sets.map(([name, pattern]) => table(constant(name), ranges(pattern))).join('\n')}

struct NamedSet {
  std::string_view name;
  std::span<const std::uint32_t> borders;
};
constexpr NamedSet kSets[] = {
${sets.map(([name]) => `    {"${name}", ${constant(name)}},`).join('\n')}
};
// clang-format on

}  // namespace

std::span<const std::uint32_t> canonical_decompositions() { return kCanonical; }
std::span<const std::uint32_t> compatibility_decompositions() { return kCompatibility; }
std::span<const std::uint32_t> lowercase_mappings() { return kLowercase; }
std::span<const std::uint32_t> canonical_compositions() { return kCompositions; }
std::span<const std::uint32_t> combining_orders() { return kOrders; }

std::span<const std::uint32_t> named_set(std::string_view name) {
  for (const NamedSet& set : kSets)
    if (set.name == name) return set.borders;
  return {};
}

}  // namespace codegen::tokenizer`);
