// SPDX-License-Identifier: Apache-2.0
// The table of a profile: one row per kernel, the one that takes longest first.
//
// The floor of a kernel is the time that its dispatches would take at the rate of a copy for the
// bytes that have to be moved, or at the rate of multiply-adds for the arithmetic, whichever is
// longer; the gap is how many times that it took.
import { median, sum } from './numbers.ts';
import { summarize } from './places.ts';
import type { Profile, TimedDispatch } from './profile.ts';

export interface KernelRow {
  kernel: string;
  dispatches: number;
  microseconds: number;
  medianMicroseconds: number;
  /** Of the time of all dispatches. */
  share: number;
  bytes: number;
  flops: number;
  bytesPerSecond: number;
  shareOfCopyRate: number;
  flopsPerSecond: number;
  floorMicroseconds: number;
  /** Time over floor; undefined where no floor is known. */
  gap: number | undefined;
  /** The modules that it computes and whose weights it reads; layers are joined. */
  modules: string[];
}

export function kernelRows(profile: Profile): KernelRow[] {
  const byKernel = new Map<string, TimedDispatch[]>();
  for (const dispatch of profile.dispatches) {
    const { kernel } = profile.sites[dispatch.site];
    const known = byKernel.get(kernel);
    if (known) known.push(dispatch);
    else byKernel.set(kernel, [dispatch]);
  }
  const total = sum(profile.dispatches.map(({ nanoseconds }) => nanoseconds));
  const rows = [...byKernel].map(([kernel, dispatches]) => kernelRow(profile, kernel, dispatches));
  for (const row of rows) row.share = (1000 * row.microseconds) / total || 0;
  return rows.sort((a, b) => b.microseconds - a.microseconds);
}

function kernelRow(profile: Profile, kernel: string, dispatches: TimedDispatch[]): KernelRow {
  const { copyBytesPerSecond, flopsPerSecond, sites } = profile;
  const of = (name: 'nanoseconds' | 'bytes' | 'flops') => dispatches.map((one) => one[name]);
  const [nanoseconds, bytes, flops] = [sum(of('nanoseconds')), sum(of('bytes')), sum(of('flops'))];
  const floor = sum(
    dispatches.map((one) => Math.max(one.bytes / copyBytesPerSecond, one.flops / flopsPerSecond)),
  );
  const used = [...new Set(dispatches.map(({ site }) => site))].map((site) => sites[site]);
  return {
    kernel,
    dispatches: dispatches.length,
    microseconds: nanoseconds / 1e3,
    medianMicroseconds: median(of('nanoseconds')) / 1e3,
    share: 0,
    bytes,
    flops,
    bytesPerSecond: rate(bytes, nanoseconds),
    shareOfCopyRate: rate(bytes, nanoseconds) / copyBytesPerSecond,
    flopsPerSecond: rate(flops, nanoseconds),
    floorMicroseconds: 1e6 * floor,
    gap: floor > 0 ? nanoseconds / 1e9 / floor : undefined,
    modules: summarize(used.flatMap(({ at, weights }) => [at, ...weights]).filter(Boolean)),
  };
}

const rate = (amount: number, nanoseconds: number) =>
  nanoseconds > 0 ? amount / (nanoseconds / 1e9) : 0;

const columns: [string, (row: KernelRow, steps: number) => string | number][] = [
  ['kernel', ({ kernel }) => kernel],
  ['a step', ({ dispatches }, steps) => digits(dispatches / steps)],
  ['us a step', ({ microseconds }, steps) => digits(microseconds / steps)],
  ['median us', (row) => digits(row.medianMicroseconds)],
  ['share', ({ share }) => `${(100 * share).toFixed(1)} %`],
  ['GB/s', ({ bytes, bytesPerSecond }) => (bytes > 0 ? digits(bytesPerSecond / 1e9) : '')],
  ['of copy', ({ bytes, shareOfCopyRate }) => (bytes > 0 ? digits(shareOfCopyRate) : '')],
  ['GFLOP/s', ({ flops, flopsPerSecond }) => (flops > 0 ? digits(flopsPerSecond / 1e9) : '')],
  ['gap', ({ gap }) => (gap === undefined ? '' : digits(gap))],
  ['computes', ({ modules }) => shorten(modules).join(', ')],
];

/** The layers are named once: model.layers.0-21.mlp, mlp.gate_proj. */
function shorten([first = '', ...others]: string[]): string[] {
  const layers = /^.*?\.\d[\d,-]*\./.exec(first)?.[0] ?? first;
  return [first, ...others.map((name) => name.replace(layers, ''))];
}

/** The table as text, with what it was measured on and how exactly. */
export function tableText(profile: Profile): string {
  const rows = kernelRows(profile);
  const steps = countSteps(profile);
  const cells = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, cell]) => String(cell(row, steps)))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const isText = (i: number) => i === 0 || i === columns.length - 1;
  const lines = cells.map((line) =>
    line
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  return [...facts(profile, steps), '', ...lines, ''].join('\n');
}

export const countSteps = ({ dispatches }: Profile) => new Set(dispatches.map((d) => d.step)).size;

/** What has to be known to read the figures. */
function facts(profile: Profile, steps: number): string[] {
  const { adapter, copyBytesPerSecond, dispatches, flopsPerSecond, missed, model } = profile;
  const microseconds = sum(dispatches.map(({ nanoseconds }) => nanoseconds)) / 1e3;
  const tick = profile.tickNanoseconds / 1e3;
  return [
    `${model} on ${adapter}`,
    `${steps} steps: ${digits(dispatches.length / steps)} dispatches and ` +
      `${digits(microseconds / steps)} us a step, each dispatch in a pass of its own`,
    `rates in this run: copy ${digits(copyBytesPerSecond / 1e9)} GB/s, ` +
      `f32 ${digits(flopsPerSecond / 1e9)} GFLOP/s; gap: time over the floor that they set`,
    `timestamps are multiples of ${digits(tick)} us: ` +
      (tick > 1 ? 'shorter dispatches read 0 or one tick, sums of many hold' : 'fine enough'),
    ...(missed > 0 ? [`${missed} more dispatches were not kept`] : []),
  ];
}

/** Three significant digits, without an exponent. */
const digits = (number: number) =>
  number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
