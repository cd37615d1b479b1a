// SPDX-License-Identifier: Apache-2.0
// The npm package as its users have it: made, packed, and unpacked into a project.
//   const { project, installed, files } = installPackage(t);
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFolder, root } from '../../support/paths.mjs';

export const run = (program, args, cwd) => execFileSync(program, args, { cwd, encoding: 'utf8' });

/** A project that has nothing but the package, as `npm install` would leave it. */
export function installPackage(t) {
  const project = mkdtempSync(join(tmpdir(), 'webllm-package-'));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  const made = join(project, 'made');
  run('node', [join(root, 'runtime/web/make_package.mjs'), buildFolder, made], root);
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', project, made], project),
  );
  const [{ filename, files }] = Array.isArray(packed) ? packed : Object.values(packed);
  run('tar', ['-xzf', filename], project);
  const installed = join(project, 'node_modules/webllm-runtime');
  mkdirSync(join(project, 'node_modules'));
  cpSync(join(project, 'package'), installed, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  return { project, installed, files: files.map(({ path }) => path) };
}
