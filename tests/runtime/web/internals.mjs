// SPDX-License-Identifier: Apache-2.0
// The modules of runtime/web as they are in the source, for tests of what the package does not
// export:
//   const { parseManifest } = await internals('load/manifest.ts');
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../support/paths.mjs';

export async function internals(...files) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-internals-'));
  try {
    const outfile = join(folder, 'internals.mjs');
    await build({
      stdin: {
        contents: files.map((file) => `export * from './${file}';`).join('\n'),
        resolveDir: join(root, 'runtime/web'),
      },
      bundle: true,
      format: 'esm',
      target: 'es2022',
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A folder that is gone when the test `t` has ended. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
