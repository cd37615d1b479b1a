// SPDX-License-Identifier: Apache-2.0
// What a profile holds: every dispatch with its time on the GPU and what it is for, and the rates
// to compare it with. Plain data, which crosses workers and is the format of a saved profile.

export interface Profile {
  model: string;
  /** What the GPU adapter calls itself. */
  adapter: string;
  /** All timestamps are multiples of it: what is shorter may read 0, and sums of many hold. */
  tickNanoseconds: number;
  /** What a kernel that copies 64 MiB reads and writes, measured by the same timestamps. */
  copyBytesPerSecond: number;
  /** Multiplications and additions of f32 in registers, likewise. */
  flopsPerSecond: number;
  sites: Site[];
  /** In the order in which they ran. */
  dispatches: TimedDispatch[];
  /** Dispatches that were not kept, because there were too many. */
  missed: number;
}

/** A place in the program from which a kernel is dispatched. */
export interface Site {
  /** forward, head, greedy, draw ... */
  function: string;
  /** Its name as it ran: that of a variant, where one was chosen. */
  kernel: string;
  /** The module of the model that it computes; empty: the bundle does not say. */
  at: string;
  /** The modules whose weights it reads: more than one where ops were fused. */
  weights: string[];
}

export interface TimedDispatch {
  /** Submits are numbered from 0. */
  step: number;
  /** Index into sites. */
  site: number;
  /** Rows of the step, or outputs in functions that compute those. */
  rows: number;
  /** Nanoseconds since the first timestamp of the profile. */
  start: number;
  nanoseconds: number;
  /** Of weights, cache and results, each moved once; 0: none of these, or not known. */
  bytes: number;
  /** Multiplications and additions of matrices and attention. */
  flops: number;
}
