// SPDX-License-Identifier: Apache-2.0
// Makes the npm package from what is built: `npm run package` writes build/release/package.
//   node runtime/web/make_package.mjs [BUILD [FOLDER]]
//
//   runtime.js worker.js   minified; either is one file, and what it needs lies beside it
//   profiler.js            loaded by either where `profile` is asked for; reads what profiles hold
//   *.wasm                 runtime.wasm at load, grammar.wasm when an answer is first constrained
//   types/                 declarations of what runtime.js and profiler.js export, of nothing else
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const modules = join(root, 'node_modules');
const built = resolve(process.argv[2] ?? join(root, 'build/release'));
const folder = resolve(process.argv[3] ?? join(built, 'package'));

/** Declarations that can be reached from the first ones; imports name files as packages do. */
function writeTypes(all, types) {
  const wanted = ['index.d.ts', 'profiler.d.ts'];
  for (const name of wanted) {
    const text = readFileSync(join(all, name), 'utf8');
    const renamed = text.replace(/(from |import\()(['"]\.[^'"]*)\.ts(['"])/g, '$1$2.js$3');
    mkdirSync(dirname(join(types, name)), { recursive: true });
    writeFileSync(join(types, name), renamed);
    for (const [, path] of renamed.matchAll(/(?:from |import\()['"](\.[^'"]*)\.js['"]/g)) {
      const next = join(dirname(name), `${path}.d.ts`);
      if (!wanted.includes(next)) wanted.push(next);
    }
  }
}

/** That what is imported by its URL is an asset; esbuild drops such comments with other space. */
function tellBundlers(script) {
  const parts = readFileSync(script, 'utf8').split('import(new URL(');
  if (parts.length !== 2) throw new Error(`${script} imports ${parts.length - 1} files by URL`);
  const ignored = '/* @vite-ignore *//* webpackIgnore: true */';
  writeFileSync(script, parts.join(`import(${ignored}new URL(`));
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: {
    runtime: join(here, 'index.ts'),
    worker: join(here, 'worker.ts'),
    profiler: join(here, 'profiler.ts'),
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  outdir: folder,
  logLevel: 'warning',
});
for (const name of ['runtime.js', 'worker.js']) tellBundlers(join(folder, name));
const all = join(folder, 'all');
const tsc = join(modules, 'typescript/bin/tsc');
const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', all];
execFileSync(process.execPath, [tsc, '-p', here, ...emit], { stdio: 'inherit' });
writeTypes(all, join(folder, 'types'));
rmSync(all, { recursive: true });

for (const name of readdirSync(join(built, 'runtime')).filter((name) => /\.wasm$/.test(name))) {
  cpSync(join(built, 'runtime', name), join(folder, name));
}
for (const name of ['package.json', 'README.md']) cpSync(join(here, name), join(folder, name));
cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
// The one dependency is inside; its licence goes with it.
cpSync(join(modules, '@huggingface/jinja/LICENSE'), join(folder, 'LICENSE.jinja'));
