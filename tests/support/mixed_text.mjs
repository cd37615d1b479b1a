// SPDX-License-Identifier: Apache-2.0
// Text of many kinds, taken from what is installed (manual pages, translations, sources) or
// generated, so that none is stored here:
//   mixedText(2_000_000)  ->  ['…', '…']     chunks of some kilobytes, the same on every run
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { filesBelow } from './installed_texts.mjs';
import { root } from './paths.mjs';
import { randomNumbers } from './random_numbers.mjs';

const chunkCharacters = 4000;

const manual = (language) =>
  filesBelow(join('/usr/share/man', language), '.gz').map((file) =>
    gunzipSync(readFileSync(file)).toString('utf8'),
  );

/** The translated names of a compiled catalogue: a table of lengths and places. */
function translations(file) {
  const bytes = readFileSync(file);
  const count = bytes.readUInt32LE(8);
  const table = bytes.readUInt32LE(16);
  const texts = [];
  for (let i = 1; i < count; ++i) {
    const length = bytes.readUInt32LE(table + 8 * i);
    const start = bytes.readUInt32LE(table + 8 * i + 4);
    texts.push(bytes.toString('utf8', start, start + length));
  }
  return texts.join('\n');
}

/** Sequences of emoji, with skin tones, joiners and flags. */
function emoji(next) {
  const all = [];
  for (let point = 0x2600; point < 0x1fb00; ++point) {
    if (/\p{Emoji_Presentation}/u.test(String.fromCodePoint(point))) all.push(point);
  }
  const one = () => String.fromCodePoint(all[next(all.length)]);
  const parts = [
    one,
    () => `${one()}\u200d${one()}`,
    () => `${one()}${String.fromCodePoint(0x1f3fb + next(5))}`,
    () => `${one()}\ufe0f `,
    () => String.fromCodePoint(0x1f1e6 + next(26), 0x1f1e6 + next(26)),
    () => ` ${one()} ok `,
  ];
  return Array.from({ length: 3000 }, () => parts[next(parts.length)]()).join('');
}

/** Bytes that are often no UTF-8, read as a browser reads them. */
function malformed(next) {
  const bytes = Uint8Array.from({ length: 20000 }, () =>
    next(3) === 0 ? 0x80 + next(128) : 0x20 + next(95),
  );
  return new TextDecoder().decode(bytes);
}

/** Characters from everywhere: each script, marks after letters, controls, private use. */
function anyCharacters(next) {
  const ranges = [
    [0x20, 0x7e], [0xa0, 0x24f], [0x300, 0x36f], [0x370, 0x52f], [0x590, 0x6ff], [0x900, 0xdff],
    [0xe00, 0xfff], [0x1000, 0x11ff], [0x1e00, 0x1fff], [0x2000, 0x206f], [0x2100, 0x2bff],
    [0x3000, 0x30ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xff00, 0xffef],
    [0x1d400, 0x1d7ff], [0x20000, 0x2a6df],
  ]; // prettier-ignore
  const assigned = /\P{Cn}/u;
  let text = '';
  while (text.length < 30000) {
    const [first, last] = ranges[next(ranges.length)];
    const point = String.fromCodePoint(first + next(last - first + 1));
    if (assigned.test(point)) text += point + (next(6) === 0 ? ' ' : '');
  }
  return text;
}

/** Runs of one character or of a few: what is slow where work grows with the square. */
function runs(next) {
  const units = ['a', ' ', '\n', '=', '0', 'ab', ' \t', '\r\n', '日', 'é', '\u0301', '- '];
  return units.map((unit) => unit.repeat(100 + next(1000)) + ' end ').join('');
}

function sources() {
  const next = randomNumbers(20261121);
  return {
    Japanese: manual('ja'),
    Chinese: manual('zh_CN'),
    Russian: manual('ru'),
    English: manual('man3').concat(manual('man2')),
    languages: filesBelow('/usr/share/locale', 'iso_639-3.mo').map(translations),
    TypeScript: filesBelow(join(root, 'runtime/web'), '.ts').map((file) =>
      readFileSync(file, 'utf8'),
    ),
    'C++': filesBelow(join(root, 'codegen'), '.cpp').map((file) => readFileSync(file, 'utf8')),
    JSON: filesBelow(join(root, 'node_modules'), 'package.json').map((file) =>
      readFileSync(file, 'utf8'),
    ),
    emoji: [emoji(next)],
    malformed: [malformed(next)],
    characters: [anyCharacters(next)],
    runs: [runs(next)],
  };
}

/** At least `bytes` of UTF-8, a like share of each kind that this machine has. */
export function mixedText(bytes) {
  const kinds = Object.values(sources()).map((texts) => texts.join('\n'));
  const chunks = [];
  let length = 0;
  for (let start = 0; length < bytes; start += chunkCharacters) {
    const row = kinds.map((text) => text.slice(start, start + chunkCharacters)).filter(Boolean);
    if (row.length === 0) break;
    for (const part of row) {
      const chunk = part.toWellFormed?.() ?? Buffer.from(part, 'utf8').toString('utf8');
      chunks.push(chunk);
      length += Buffer.byteLength(chunk);
    }
  }
  return chunks;
}
