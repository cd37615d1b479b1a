// SPDX-License-Identifier: Apache-2.0
// Texts to measure on, taken from what is installed or generated, so that none is stored here:
//
//   texts(400_000)  ->  { English: '…', code: '…', JSON: '…', Japanese: '…' }
//
// English: Perl's manual. Code: headers of the C++ library. JSON: generated from a fixed seed.
// Japanese: manual pages. Each is as many UTF-8 bytes as asked for; a text that this machine lacks
// is left out.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { filesBelow } from '../../tests/support/installed_texts.mjs';
import { randomNumbers } from '../../tests/support/random_numbers.mjs';

function joined(files, bytes, read) {
  let text = '';
  let length = 0;
  for (const file of files) {
    const part = read(readFileSync(file));
    text += part;
    length += Buffer.byteLength(part);
    if (length >= bytes) break;
  }
  return text;
}

const plain = (file) => file.toString('utf8');

// Prose of a manual page: without the lines of requests and the escapes for fonts.
function proseOf(page) {
  const lines = gunzipSync(page).toString('utf8').split('\n');
  return lines
    .filter((line) => !/^[.']/.test(line))
    .map((line) => line.replace(/\\f[BIRP]|\\&/g, '').replace(/\\-/g, '-'))
    .join('\n');
}

// Records as an API returns them.
function records(bytes) {
  const next = randomNumbers(20260101);
  const words = 'alpha river stone quick window garden orange planet silver market'.split(' ');
  const word = () => words[next(words.length)];
  const record = (id) => ({
    id,
    user_name: `${word()}_${word()}`,
    email: `${word()}.${word()}@example.org`,
    created_at: new Date(1.6e12 + next(1e9) * 100).toISOString(),
    score: next(1e6) / 1000,
    active: next(2) === 1,
    tags: Array.from({ length: next(5) }, word),
    address: { street: `${next(999)} ${word()} street`, zip: String(10000 + next(89999)) },
    parent: null,
    note: Array.from({ length: 5 + next(20) }, word).join(' '),
  });
  let text = '';
  for (let id = 1; text.length < bytes; id++) {
    text += JSON.stringify(record(id), null, id % 2 ? 2 : 0) + '\n';
  }
  return text;
}

// The first characters of `text` that take at most so many bytes.
function beginning(text, bytes) {
  const cut = Buffer.from(text).subarray(0, bytes).toString('utf8');
  return cut.endsWith('\uFFFD') ? cut.slice(0, -1) : cut;
}

export function texts(bytes) {
  const all = {
    English: joined(filesBelow('/usr/share/perl', '.pod'), bytes, plain),
    code: joined(filesBelow('/usr/include/c++', '.h'), bytes, plain),
    JSON: records(bytes),
    Japanese: joined(filesBelow('/usr/share/man/ja', '.gz'), bytes, proseOf),
  };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, text]) => Buffer.byteLength(text) >= bytes / 2)
      .map(([name, text]) => [name, beginning(text, bytes)]),
  );
}
