// SPDX-License-Identifier: Apache-2.0
// Chance that comes again: equal seeds, other than 0, give equal numbers.
//   const below = randomNumbers(7);
//   below(6)  ->  0 … 5, equally likely (Marsaglia's xorshift)
export function randomNumbers(seed) {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
