// SPDX-License-Identifier: Apache-2.0
// runCodegenTest(t, 'Plan.Compiles'): runs one GoogleTest case of tests_codegen and returns the
// folder with the files it wrote, removed when the test `t` ends.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildFolder } from '../support/paths.mjs';

export async function runCodegenTest(t, name) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-codegen-'));
  t.after(() => rm(folder, { recursive: true }));
  const program = join(buildFolder, 'tests/tests_codegen');
  await promisify(execFile)(program, [`--gtest_filter=${name}`], {
    env: { ...process.env, TEST_TMPDIR: folder },
  });
  return folder;
}
