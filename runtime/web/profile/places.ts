// SPDX-License-Identifier: Apache-2.0
// Where in the model something belongs, in few words:
//
//   layerOf('model.layers.3.mlp.down_proj')          'model.layers.3'
//   summarize(['model.layers.0.mlp', 'model.layers.1.mlp', ...])   'model.layers.0-21.mlp'

/** The layer of a module; the module itself where it is in none. */
export function layerOf(module: string): string {
  return /^.*?\.\d+(?=\.|$)/.exec(module)?.[0] ?? module;
}

/** Modules that differ in the number of their layer alone, as one; in the order of the first. */
export function summarize(modules: readonly string[]): string[] {
  const numbers = new Map<string, Set<number>>();
  for (const module of modules) {
    const [, before, number, after] = /^(.*?\.)(\d+)((?:\..*)?)$/.exec(module) ?? ['', module];
    const form = number === undefined ? module : `${before}*${after}`;
    const known = numbers.get(form) ?? new Set();
    numbers.set(form, number === undefined ? known : known.add(Number(number)));
  }
  return [...numbers].map(([form, known]) => form.replace('*', ranges([...known])));
}

/** 0, 1, 2, 5 as '0-2,5'. */
function ranges(numbers: number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
