// SPDX-License-Identifier: Apache-2.0
// The characters that have a property of Unicode, as this script's engine knows them.
//
//   unicodeProperty('Lu')    // [65, 90, 192, 214, ...]: upper-case letters, first and last of ranges
//
// Names: UnicodePropertyValueExpression of ECMA-262, less properties of strings.

const surrogates = 0xd800;
const behindSurrogates = 0xe000;
const supplementary = 0x10000;
const limit = 0x110000;
const unitsOfBasic = supplementary - (behindSurrogates - surrogates);

/** First and last character of each range, ascending; undefined where there is no such property. */
export function unicodeProperty(name: string): number[] | undefined {
  const pattern = propertyPattern(name);
  if (!pattern) return undefined;
  const ranges: number[] = [];
  for (const { 0: found, index } of allCharacters().matchAll(pattern))
    ranges.push(characterAt(index), characterAt(index + found.length - 1));
  return ranges;
}

function propertyPattern(name: string): RegExp | undefined {
  if (!/^\w+(=\w+)?$/.test(name)) return undefined;
  try {
    return new RegExp(`\\p{${name}}+`, 'gu');
  } catch {
    return undefined;
  }
}

/** Every scalar value in turn: those of the basic plane a unit each, the others two. */
function allCharacters(): string {
  const units = new Uint16Array(unitsOfBasic + 2 * (limit - supplementary));
  let at = 0;
  for (let point = 0; point < surrogates; ++point) units[at++] = point;
  for (let point = behindSurrogates; point < supplementary; ++point) units[at++] = point;
  for (let high = surrogates; high < 0xdc00; ++high) {
    for (let low = 0xdc00; low < behindSurrogates; ++low) {
      units[at++] = high;
      units[at++] = low;
    }
  }
  return new TextDecoder('utf-16le').decode(units);
}

/** The character of which that unit of allCharacters() is a part. */
function characterAt(unit: number): number {
  if (unit < surrogates) return unit;
  if (unit < unitsOfBasic) return unit - surrogates + behindSurrogates;
  return supplementary + ((unit - unitsOfBasic) >> 1);
}
