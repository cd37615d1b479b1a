// SPDX-License-Identifier: Apache-2.0
// Writes unicode_categories.cpp from the Unicode tables of the running Node:
//
//   node runtime/host/make_unicode_categories.mjs > runtime/host/unicode_categories.cpp
const names =
  'Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn';
const categories = names
  .split(' ')
  .map((name) => ({ name, test: new RegExp(`\\p{${name}}`, 'u') }));

const runs = [];
let previous;
for (let point = 0; point < 0x110000; ++point) {
  const character = String.fromCodePoint(point);
  if (previous?.test.test(character)) continue;
  previous = categories.find(({ test }) => test.test(character));
  runs.push(`{0x${point.toString(16)},${previous.name}}`);
}

const lines = [];
for (const run of runs) {
  const line = lines.at(-1);
  if (line === undefined || line.length + run.length + 1 > 100) lines.push(run);
  else lines[lines.length - 1] = `${line},${run}`;
}
console.log(`// SPDX-License-Identifier: Apache-2.0
// Made by make_unicode_categories.mjs from Unicode ${process.versions.unicode}.
#include "runtime/host/unicode_categories.h"

namespace runtime::host {
namespace {

using enum Category;

// clang-format off
constexpr CategoryRun kRuns[] = {
${lines.join(',\n')},
};
// clang-format on

}  // namespace

std::span<const CategoryRun> category_runs() { return kRuns; }

}  // namespace runtime::host`);
