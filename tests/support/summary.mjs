// SPDX-License-Identifier: Apache-2.0
// Adds up a test run: names every skip with its reason and every failure, and closes with one line
// "N passed, N failed, N skipped".
//   node tests/support/summary.mjs CTEST.xml RESULTS_FOLDER
// CTEST.xml tells which programs ran and how they ended, RESULTS_FOLDER/<program>.xml what each of
// them ran. A program that failed without naming a failed case (a crash, a time-out) counts as one.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [ctestFile, folder] = process.argv.slice(2);

function attribute(tag, name) {
  const value = tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? '';
  const entities = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", '#x0A': ' ' };
  return value.replace(/&([^;]+);/g, (whole, name) => entities[name] ?? whole);
}

// The cases of a JUnit file: {name, outcome: passed | failed | skipped, reason}.
function cases(file) {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').replace(/<!\[CDATA\[.*?\]\]>/gs, '');
  return [...text.matchAll(/<testcase\b([^>]*?)(\/>|>(.*?)<\/testcase>)/gs)].map((match) => {
    const [, tag, , body = ''] = match;
    const scope = attribute(tag, 'classname');
    const name = (scope && scope !== 'test' ? `${scope}.` : '') + attribute(tag, 'name');
    const skipped = body.match(/<skipped\b[^>]*>/)?.[0];
    if (skipped) return { name, outcome: 'skipped', reason: attribute(skipped, 'message') };
    return { name, outcome: body.includes('<failure') ? 'failed' : 'passed', reason: '' };
  });
}

const counts = {
  passed: 0,
  failed: 0,
  skipped: 0,
};
for (const [, tag] of readFileSync(ctestFile, 'utf8').matchAll(/<testcase\b([^>]*)>/g)) {
  const program = attribute(tag, 'name');
  const ran = cases(join(folder, `${program}.xml`));
  const ended = attribute(tag, 'status');
  if (ended !== 'run' && !ran.some((test) => test.outcome === 'failed')) {
    ran.push({ name: '(the program itself)', outcome: 'failed', reason: '' });
  }
  for (const { name, outcome, reason } of ran) {
    counts[outcome]++;
    if (outcome !== 'passed') console.log(`${outcome}: ${program}: ${name} ${reason}`.trimEnd());
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
