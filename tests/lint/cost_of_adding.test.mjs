// SPDX-License-Identifier: Apache-2.0
// Adding a pass, an op, an architecture stays as cheap as it should be, and the examples of it still
// fit the tree. Whether they build and work: sh tests/lint/cost-of-adding.sh
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';

import { root } from '../support/paths.mjs';
import { costOf, isWithin, limits, patchOf } from './cost_of_adding.mjs';

const run = promisify(execFile);

for (const [name, limit] of Object.entries(limits)) {
  test(`adding: ${name}`, async () => {
    const cost = costOf(name);
    assert.ok(isWithin(cost, limit), JSON.stringify(cost));
    assert.ok(cost.goldens > 0, 'nothing shows what it does');
    await run('git', ['apply', '--check', patchOf(name)], { cwd: root }); // throws if it does not
  });
}
