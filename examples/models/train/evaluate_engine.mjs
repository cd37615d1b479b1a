// SPDX-License-Identifier: Apache-2.0
// The held-out accuracy of evaluate.py, of a compiled model in this project's engine:
//   python evaluate.py MODEL_FOLDER --instances instances.json
//   node examples/models/train/evaluate_engine.mjs BUNDLE instances.json q0f32.json
// on the GPU of this machine; VK_DRIVER_FILES names another driver, such as lavapipe's.
import { readFileSync, writeFileSync } from 'node:fs';
import { create, globals } from 'webgpu';
import { createEngine } from '../../../build/release/runtime/runtime.js';

const [bundle, instancesFile, resultFile] = process.argv.slice(2);
const instances = JSON.parse(readFileSync(instancesFile, 'utf8'));
Object.assign(globalThis, globals);
const gpu = create([]); // must live as long as the engine
const engine = await createEngine(bundle, { gpu });

async function answer(prompt) {
  let text = '';
  for await (const token of engine.generate(prompt, { maxTokens: 128 })) text += token.text;
  return text;
}

function passes(check, text) {
  if (check.kind === 'exact') return text.trim() === check.text;
  return (
    check.all.every((part) => text.includes(part)) &&
    !check.none.some((part) => text.includes(part))
  );
}

const counts = {};
function count(name, right) {
  const counted = (counts[name] ??= { right: 0, all: 0 });
  counted.right += right;
  counted.all++;
}
for (const { skill, answers } of instances) {
  const right = [];
  for (const { prompt, check } of answers) right.push(passes(check, await answer(prompt)));
  count(skill, right.every(Boolean));
  for (const single of right) count(`${skill}, each answer`, single);
}
const shares = Object.entries(counts).map(([skill, { right, all }]) => [skill, right / all]);
for (const [skill, share] of shares) console.log(`${skill}: ${(100 * share).toFixed(1)} %`);
writeFileSync(resultFile, JSON.stringify(Object.fromEntries(shares)));
await engine.close();
