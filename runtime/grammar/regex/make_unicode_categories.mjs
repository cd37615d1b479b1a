// SPDX-License-Identifier: Apache-2.0
// Writes unicode_categories_table.cpp from the Unicode tables of the running Node:
//
//   node runtime/grammar/regex/make_unicode_categories.mjs \
//     > runtime/grammar/regex/unicode_categories_table.cpp
const names =
  'Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn';
const categories = names
  .split(' ')
  .map((name, index) => ({ index, test: new RegExp(`\\p{${name}}`, 'u') }));

const runs = [];
let previous;
for (let point = 0; point < 0x110000; ++point) {
  const character = String.fromCodePoint(point);
  if (previous?.test.test(character)) {
    runs.at(-1).length += 1;
  } else {
    previous = categories.find(({ test }) => test.test(character));
    runs.push({ category: previous.index, length: 1 });
  }
}

// The upper five bits: the category; the lower three: the length of the run, or 0 where eight less
// than the length follows, seven bits a byte, the lowest first.
const bytes = [];
for (const { category, length } of runs) {
  bytes.push((category << 3) | (length < 8 ? length : 0));
  if (length < 8) continue;
  let rest = length - 8;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
}

const lines = [];
for (const byte of bytes) {
  const line = lines.at(-1);
  if (line === undefined || line.length + `${byte}`.length + 2 > 100) lines.push(`${byte}`);
  else lines[lines.length - 1] = `${line},${byte}`;
}
console.log(`// SPDX-License-Identifier: Apache-2.0
// Made by make_unicode_categories.mjs from Unicode ${process.versions.unicode}.
#include "runtime/grammar/regex/unicode_properties.h"

namespace runtime::grammar::regex {
namespace {

// clang-format off
constexpr std::uint8_t kRuns[] = {
${lines.join(',\n')},
};
// clang-format on

}  // namespace

std::span<const std::uint8_t> category_runs() { return kRuns; }

}  // namespace runtime::grammar::regex`);
