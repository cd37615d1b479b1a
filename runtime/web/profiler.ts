// SPDX-License-Identifier: Apache-2.0
// profiler.js: what an engine made with `profile: true` loads, and what shows a profile to people.
//
//   const engine = await createEngine('./bundle/', { profile: true });
//   ...                                                   // generate
//   const profile = await engine.profile();
//   const { tableText, traceEvents } = await import('./profiler.js');
//   console.log(tableText(profile));                      // by kernel
//   download(JSON.stringify(traceEvents(profile)));       // for ui.perfetto.dev, chrome://tracing
export { barChart } from './profile/chart.ts';
export type { Profile, Site, TimedDispatch } from './profile/profile.ts';
export { Recorder } from './profile/recorder.ts';
export { kernelRows, tableText, type KernelRow } from './profile/table.ts';
export { traceEvents, type TraceEvent } from './profile/trace.ts';
