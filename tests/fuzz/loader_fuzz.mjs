// SPDX-License-Identifier: Apache-2.0
// The runtime's readers of model.json and model.wasm, given bundles with seeded faults:
//   node tests/fuzz/loader_fuzz.mjs [--seconds N] [--seed N]
//
// A fault changes a value somewhere in the manifest or the program to another of any type, drops or
// doubles it, or changes bytes. Each reader must accept what it gets or throw a BundleError that
// says something; what is accepted must keep to the bounds that the loader relies on.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { internals } from '../runtime/web/internals.mjs';
import { writeTinyBundle } from '../runtime/web/tiny_bundle.mjs';

const { parseManifest, parseProgram, Plan, BundleError } = await internals(
  'load/manifest.ts',
  'gpu/program.ts',
  'gpu/plan.ts',
  'errors.ts',
);

// A generator of whole numbers below n, the same for each seed. (Mulberry32)
function randomFrom(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % n;
  };
}

const strange = [
  ...[null, true, false, 0, -1, 1, 0.5, 3, 4, 61, 255, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -0],
  ...['', 'x', '..', '../x', '/etc', 'https://a.example', '%2e', 'a\\b', '\0', 'tokens', 'weight'],
  ...['__proto__', 'constructor', 'model.wasm', [], {}, [0], [[]], [null], { length: 1 }],
];

// Every place in a value, as [holder, key].
function placesIn(value, places = []) {
  if (typeof value !== 'object' || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push([value, key]);
    placesIn(value[key], places);
  }
  return places;
}

function spoil(value, random) {
  const places = placesIn(value);
  const [holder, key] = places[random(places.length)];
  const [, other] = places[random(places.length)];
  const kind = random(4);
  if (kind === 0) delete holder[key];
  else if (kind === 1 && Array.isArray(holder)) holder.push(structuredClone(holder[key]));
  else if (kind === 2 && other !== 'length') holder[other] = structuredClone(holder[key]);
  else holder[key] = structuredClone(strange[random(strange.length)]);
}

function spoilBytes(bytes, random) {
  const spoiled = Uint8Array.from(bytes);
  for (let i = random(4); i >= 0; --i) spoiled[random(spoiled.length)] = random(256);
  return random(4) ? spoiled : spoiled.subarray(0, random(spoiled.length));
}

function checkManifest({ tensors, segments }) {
  for (const { bytes, pieces } of tensors) {
    let covered = 0;
    for (const piece of pieces) {
      assert.ok(piece.offset + piece.bytes <= segments[piece.segment].bytes);
      assert.equal(piece.at, covered);
      covered += piece.bytes;
    }
    assert.equal(covered, bytes);
  }
  for (const { path } of segments) assert.ok(!/^\/|(^|\/)\.\.?(\/|$)|[:?#\\]/.test(path), path);
}

function checkProgram({ buffers, kernels, bindGroups }) {
  for (const group of bindGroups) {
    assert.ok(kernels[group.kernel], 'a kernel that is not there');
    for (const buffer of group.buffers) assert.ok(buffers[buffer], 'a buffer that is not there');
  }
}

// Reads, and says whether it was accepted; whatever else happens is a find.
async function accepts(read, check = () => {}) {
  try {
    check(await read());
    return true;
  } catch (error) {
    if (!(error instanceof BundleError) || error.message.length < 10) throw error;
    return false;
  }
}

const encode = (value) => new TextEncoder().encode(JSON.stringify(value));

async function attack(seed, { manifest, program, library }) {
  const random = randomFrom(seed);
  const spoiledManifest = structuredClone(manifest);
  const spoiledProgram = structuredClone(program);
  for (let i = random(3); i >= 0; --i) {
    spoil(spoiledManifest, random);
    spoil(spoiledProgram, random);
  }
  const bytes = random(4) ? encode(spoiledManifest) : spoilBytes(encode(manifest), random);
  await accepts(() => parseManifest(bytes), checkManifest);
  await accepts(() => parseProgram(encode(spoiledProgram), manifest.tensors.length), checkProgram);
  await accepts(() => Plan.load(spoilBytes(library, random), manifest.tensors.length));
}

async function seedBundle() {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-loader-'));
  try {
    let program;
    await writeTinyBundle(folder, { change: (_, described) => (program = described) });
    const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    return { manifest, program, library: await readFile(join(folder, 'model.wasm')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string' },
  },
});
const bundle = await seedBundle();
const end = Date.now() + 1000 * Number(values.seconds);
const first = Number(values.seed ?? 0);
for (let seed = first; seed === first || (!values.seed && Date.now() < end); ++seed) {
  try {
    await attack(seed, bundle);
  } catch (error) {
    console.error(`seed ${seed}; again: node tests/fuzz/loader_fuzz.mjs --seed ${seed}`);
    throw error;
  }
}
