// SPDX-License-Identifier: Apache-2.0
// The most memory that a process has held, mapped pages included, in bytes: Linux's high-water mark.
//   await peakMemory()        // of this process
//   await peakMemory(pid)     // of another; 0 when it is gone
import { readFile } from 'node:fs/promises';

export async function peakMemory(process = 'self') {
  const status = await readFile(`/proc/${process}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0);
}
