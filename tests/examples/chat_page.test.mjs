// SPDX-License-Identifier: Apache-2.0
// Parts of examples/chat that need no browser: Markdown from untrusted text, and colours that can be read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { root } from '../support/paths.mjs';
import { parse } from '../../examples/chat/markdown.js';

const p = (...children) => ['p', {}, ...children];
const link = (href, text) => ['a', { href, rel: 'noopener noreferrer', target: '_blank' }, text];

test('Markdown', () => {
  const cases = [
    [
      'Hi *there*, **you** `x<y`',
      [p('Hi ', ['em', {}, 'there'], ', ', ['strong', {}, 'you'], ' ', ['code', {}, 'x<y'])],
    ],
    ['a_b_c 2\\*3 ~~no~~', [p('a_b_c 2', '*', '3 ', ['del', {}, 'no'])]],
    ['# One\ntwo', [['h1', {}, 'One'], p('two')]],
    [
      '- a\n- b\n  1. c',
      [['ul', {}, ['li', {}, 'a'], ['li', {}, 'b', ['ol', {}, ['li', {}, 'c']]]]],
    ],
    ['3. x', [['ol', { start: 3 }, ['li', {}, 'x']]]],
    ['> q\n> r', [['blockquote', {}, p('q\nr')]]],
    ['```js\n*a*\n```\nb', [['pre', { 'data-language': 'js' }, ['code', {}, '*a*']], p('b')]],
    ['```\nunfinished', [['pre', {}, ['code', {}, 'unfinished']]]],
    ['---', [['hr', {}]]],
    [
      '|a|\n|-|\n|1|',
      [
        [
          'table',
          {},
          ['thead', {}, ['tr', {}, ['th', {}, 'a']]],
          ['tbody', {}, ['tr', {}, ['td', {}, '1']]],
        ],
      ],
    ],
    ['[x](https://example.org)', [p(link('https://example.org', 'x'))]],
    [
      'see https://example.org/a',
      [p('see ', link('https://example.org/a', 'https://example.org/a'))],
    ],
    ['', []],
  ];
  for (const [text, wanted] of cases) assert.deepEqual(parse(text), wanted, text);
});

test('Markdown of ill will stays text', () => {
  const names = new Set();
  const collect = (node) => {
    if (typeof node === 'string') return;
    const [name, attributes, ...children] = node;
    names.add(name);
    if (attributes.href) assert.match(attributes.href, /^(https?:|mailto:)/i);
    for (const key of Object.keys(attributes)) assert.ok(!key.startsWith('on'), key);
    children.forEach(collect);
  };
  for (const text of [
    '<img src=x onerror=alert(1)><script>alert(1)</script>',
    '[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d]( vbscript:x)',
    '[<b onclick=x>](https://example.org "onmouseover=alert(1)")',
    '```html onload=alert(1)\n<script>\n```',
  ]) {
    parse(text).forEach(collect);
  }
  assert.deepEqual([...names].sort(), ['a', 'code', 'p', 'pre']);

  // Long and deep texts end, too.
  for (const text of [
    '>'.repeat(5000),
    '- '.repeat(5000),
    '*a '.repeat(20_000),
    '['.repeat(20_000),
  ]) {
    parse(text);
  }
});

test('text is read against its ground: WCAG AA', () => {
  const css = readFileSync(join(root, 'examples/chat/style.css'), 'utf8');
  const colours = Object.fromEntries(
    [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, ...two]) => [
      name,
      two,
    ]),
  );
  const light = (hex) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const pairs = [
    ...['ground', 'raised', 'shade', 'tint'].map((ground) => ['ink', ground, 4.5]),
    ...['ground', 'raised', 'shade'].map((ground) => ['quiet', ground, 4.5]),
    ['ink', 'chosen', 4.5],
    ['accent', 'ground', 4.5],
    ['on-accent', 'accent', 4.5],
    ['wrong', 'raised', 4.5],
    ['wrong', 'wrong-tint', 4.5],
    ['edge', 'raised', 3],
    ['edge', 'ground', 3],
  ];
  for (const [text, ground, least] of pairs) {
    for (const scheme of [0, 1]) {
      const ratio = contrast(colours[text][scheme], colours[ground][scheme]);
      assert.ok(ratio >= least, `${text} on ${ground} has ${ratio.toFixed(2)}:1`);
    }
  }
});
