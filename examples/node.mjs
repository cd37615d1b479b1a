// SPDX-License-Identifier: Apache-2.0
// The same engine in Node, on the GPU of this machine:
//   node examples/node.mjs BUNDLE PROMPT
import { create } from 'webgpu';
import { createEngine } from '../build/release/runtime/runtime.js';

const [bundle, prompt] = process.argv.slice(2);
const gpu = create([]); // must live as long as the engine
const engine = await createEngine(bundle, { gpu });
const generation = engine.generate(prompt, { maxTokens: 100 });
process.stdout.write(prompt);
for await (const { text } of generation) process.stdout.write(text);
const { generatedTokens, decodeSeconds } = generation.result;
console.log(`\n\n${(generatedTokens / decodeSeconds).toFixed(0)} tokens per second`);
await engine.close();
