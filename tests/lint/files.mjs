// SPDX-License-Identifier: Apache-2.0
// What the lints look at: the files that git tracks or would track, and how to run a tool on many.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../support/paths.mjs';

const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
  {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  },
);
export const files = [...new Set(listed.split('\0'))].filter(
  (path) => path && existsSync(join(root, path)),
);

export const filesEnding = (...ends) =>
  files.filter((path) => ends.some((end) => path.endsWith(end)));
export const read = (path) => readFileSync(join(root, path), 'utf8');

// Runs `program` at the repository's root; what it printed if it failed, '' if not.
export const complaint = (program, args) =>
  new Promise((done) => {
    execFile(program, args, { cwd: root, maxBuffer: 1 << 26 }, (error, out, err) =>
      done(error ? `${out}${err}` || String(error) : ''),
    );
  });

// Runs one command per item, two at a time, and joins the complaints.
export async function complaints(items, command) {
  const found = [];
  const queue = [...items];
  const worker = async () => {
    while (queue.length > 0) found.push(await complaint(...command(queue.shift())));
  };
  await Promise.all([worker(), worker()]);
  return found.join('');
}

// Fails the running test with what was found, one item per line.
export function nothing(found) {
  const text = [found].flat().join('\n');
  if (text) throw new Error(`\n${text}`);
}
