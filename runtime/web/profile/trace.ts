// SPDX-License-Identifier: Apache-2.0
// A profile as Chrome's trace events, which ui.perfetto.dev, chrome://tracing and speedscope show as
// a timeline: steps, in them functions, layers of the model and dispatches.
//
//   await writeFile('trace.json', JSON.stringify(traceEvents(profile)));
import { layerOf } from './places.ts';
import type { Profile, TimedDispatch } from './profile.ts';

/** A slice, complete: microseconds. Slices of a thread nest by time. */
export interface TraceEvent {
  name: string;
  cat: string;
  ph: 'X';
  ts: number;
  dur: number;
  pid: number;
  tid: number;
  args?: Record<string, unknown>;
}

interface Level {
  category: string;
  name(dispatch: TimedDispatch): string;
}

export function traceEvents(profile: Profile): { traceEvents: TraceEvent[]; otherData: object } {
  const { sites, dispatches, model, adapter, tickNanoseconds } = profile;
  const levels: Level[] = [
    { category: 'step', name: ({ step }) => `step ${step}` },
    { category: 'function', name: ({ site }) => sites[site].function },
    { category: 'module', name: ({ site }) => layerOf(sites[site].at) || sites[site].function },
  ];
  return {
    traceEvents: [
      ...enclosing(dispatches, levels),
      ...dispatches.map((dispatch) => slice(profile, dispatch)),
    ],
    otherData: { model, adapter, tickNanoseconds },
  };
}

function slice({ sites }: Profile, dispatch: TimedDispatch): TraceEvent {
  const { site, start, nanoseconds, rows, bytes, flops } = dispatch;
  const { kernel, at, weights } = sites[site];
  return event('dispatch', kernel, start, start + nanoseconds, {
    computes: at,
    weights,
    rows,
    ...(bytes > 0 && { bytes, 'GB/s': bytes / nanoseconds }),
    ...(flops > 0 && { flops, 'GFLOP/s': flops / nanoseconds }),
  });
}

/** For each level, runs of dispatches of one name as one slice; outer ones come first. */
function enclosing(dispatches: readonly TimedDispatch[], levels: readonly Level[]): TraceEvent[] {
  return levels.flatMap(({ category, name }, depth) => {
    const key = (one: TimedDispatch) => levels.slice(0, depth + 1).map((level) => level.name(one));
    const runs: { key: string; from: TimedDispatch; to: TimedDispatch }[] = [];
    for (const dispatch of dispatches) {
      const last = runs.at(-1);
      const own = key(dispatch).join('\n');
      if (last?.key === own) last.to = dispatch;
      else runs.push({ key: own, from: dispatch, to: dispatch });
    }
    return runs.map(({ from, to }) =>
      event(category, name(from), from.start, to.start + to.nanoseconds),
    );
  });
}

const event = (
  cat: string,
  name: string,
  from: number,
  to: number,
  args?: Record<string, unknown>,
): TraceEvent => ({
  name,
  cat,
  ph: 'X',
  ts: from / 1e3,
  dur: (to - from) / 1e3,
  pid: 1,
  tid: 1,
  ...(args && { args }),
});
