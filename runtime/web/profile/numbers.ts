// SPDX-License-Identifier: Apache-2.0
// Arithmetic of profiles.

/** The largest number that divides all of these; 0: all are 0. */
export function greatestDivisor(numbers: readonly number[]): number {
  let divisor = 0;
  for (let rest of numbers) {
    while (rest > 0) [divisor, rest] = [rest, divisor % rest];
    if (divisor === 1) break;
  }
  return divisor;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The middle one, the lower of two; 0 of none. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[(numbers.length - 1) >> 1] ?? 0;
}
