// SPDX-License-Identifier: Apache-2.0
// The fastest of several runs, on the clock and by what this process used of processors, which on a
// GPU in software is the work done, whatever else the machine does.
//   const { wall, processor } = await fastest(run); // seconds; run says how long it took itself
const repetitions = 3;

const seconds = ({ user, system }) => (user + system) / 1e6;

export async function fastest(run) {
  const best = { wall: Infinity, processor: Infinity };
  for (let i = 0; i < repetitions; ++i) {
    const start = process.cpuUsage();
    best.wall = Math.min(best.wall, await run());
    best.processor = Math.min(best.processor, seconds(process.cpuUsage(start)));
  }
  return best;
}
