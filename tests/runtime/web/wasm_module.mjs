// SPDX-License-Identifier: Apache-2.0
// Assembles a WebAssembly module of plan functions: each stores its records at the address that the
// global `steps` gives and returns how many there are. A word is a number or the name of a parameter.
//
//   wasmModule([{ name: 'plan_head', parameters: ['outputs'], records: [[0, 3, 3, 1, 'outputs', 1, 1, 0]] }],
//              { 'webllm.program': bytes })
const i32 = 0x7f;
const address = 1024;

const unsigned = (value) => {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
};
const signed = (value) => {
  const bytes = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    const done = (value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
};
const vector = (items) => [...unsigned(items.length), ...items.flat()];
const text = (name) => vector([...Buffer.from(name)]);
const section = (id, content) => [id, ...unsigned(content.length), ...content];

function body({ parameters, records }) {
  const stores = records.flat().flatMap((word, i) => [
    0x41,
    ...signed(address + 4 * i), // i32.const
    ...(typeof word === 'string' ? [0x20, parameters.indexOf(word)] : [0x41, ...signed(word)]),
    0x36,
    2,
    0, // i32.store align=4
  ]);
  const code = [0, ...stores, 0x41, ...signed(records.length), 0x0b];
  return [...unsigned(code.length), ...code];
}

export function wasmModule(functions, customSections = {}) {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(parameters.map(() => [i32])),
    ...vector([[i32]]),
  ]);
  const exported = [
    [...text('memory'), 2, 0],
    [...text('steps'), 3, 0],
    ...functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]),
  ];
  const custom = Object.entries(customSections).map(([name, bytes]) =>
    section(0, [...text(name), ...bytes]),
  );
  return Buffer.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(5, vector([[0, 1]])),
    ...section(6, vector([[i32, 0, 0x41, ...signed(address), 0x0b]])),
    ...section(7, vector(exported)),
    ...section(10, vector(functions.map(body))),
    ...custom.flat(),
  ]);
}
