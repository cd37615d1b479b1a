// SPDX-License-Identifier: Apache-2.0
// How a benchmark ends: a table for people, then one line of JSON with the figures, the machine and
// the commit.
//
//   report('quantization', [{ quantization: 'q4f16_1', kl: 0.012 }], { tokens: 512 });
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

export function report(benchmark, rows, facts = {}) {
  printTable(rows);
  reportLine(benchmark, rows, facts);
}

/** The line of JSON only, after a table of one's own. */
export function reportLine(benchmark, rows, facts = {}) {
  console.log(JSON.stringify({ benchmark, ...facts, rows, machine: machine(), commit: commit() }));
}

function printTable(rows) {
  const names = Object.keys(rows[0] ?? {});
  const text = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(...text.map((line) => line[column].length)));
  for (const line of text) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}

function machine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory_bytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

// The commit that ran, marked when the files differ from it.
function commit() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return git('rev-parse', 'HEAD') + (git('status', '--porcelain') ? ' and local changes' : '');
}
