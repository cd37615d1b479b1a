// SPDX-License-Identifier: Apache-2.0
// Markdown as a model writes it, to elements. A text only ever becomes text: elements are made one by
// one from a fixed list of names, and links lead nowhere but to http, https and mailto.
//
//   parse('Hi *there*')    // [['p', {}, 'Hi ', ['em', {}, 'there']]]
//   render(element, text)  // shows it; blocks that are as they were stay as they are
const maxDepth = 8;

const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const quote = /^ {0,3}> ?/;
const item = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+|$)/;
const tableRule = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Blocks of a text, each as [name, attributes, ...children]. */
export function parse(text) {
  return blocks(text.split('\n'), 0).map(({ node }) => node);
}

/** The same with the lines that each was made of. */
function blocks(lines, depth) {
  const found = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === '') {
      at++;
      continue;
    }
    const [node, end] = block(lines, at, depth);
    found.push({ node, source: lines.slice(at, end).join('\n') });
    at = end;
  }
  return found;
}

function block(lines, at, depth) {
  const line = lines[at];
  const fenced = line.match(fence);
  if (fenced) return code(lines, at, fenced);
  const titled = line.match(heading);
  if (titled) return [[`h${titled[1].length}`, {}, ...inline(titled[2])], at + 1];
  if (rule.test(line)) return [['hr', {}], at + 1];
  if (depth < maxDepth && quote.test(line)) {
    const end = endOf(lines, at, (next) => quote.test(next));
    const inner = lines.slice(at, end).map((one) => one.replace(quote, ''));
    return [['blockquote', {}, ...nodes(inner, depth)], end];
  }
  if (depth < maxDepth && item.test(line)) return list(lines, at, depth);
  if (line.includes('|') && tableRule.test(lines[at + 1] ?? '')) return table(lines, at);
  const end = endOf(lines, at + 1, (next) => next.trim() !== '' && !begins(next));
  return [['p', {}, ...inline(lines.slice(at, end).join('\n'))], end];
}

const nodes = (lines, depth) => blocks(lines, depth + 1).map(({ node }) => node);
const begins = (line) => [fence, heading, rule, quote, item].some((form) => form.test(line));

function endOf(lines, at, goesOn) {
  while (at < lines.length && goesOn(lines[at])) at++;
  return at;
}

function code(lines, at, [, marks, language]) {
  const close = lines.findIndex((line, i) => i > at && line.trim().startsWith(marks));
  const end = close < 0 ? lines.length : close;
  const text = lines.slice(at + 1, end).join('\n');
  const node = ['pre', language ? { 'data-language': language } : {}, ['code', {}, text]];
  return [node, close < 0 ? end : end + 1];
}

function list(lines, at, depth) {
  const [, , first] = lines[at].match(item);
  const ordered = /\d/.test(first);
  const belongs = (line) => {
    const found = line.match(item);
    return found && /\d/.test(found[2]) === ordered && !rule.test(line);
  };
  const items = [];
  while (at < lines.length && belongs(lines[at])) {
    const [all] = lines[at].match(item);
    const room = Math.min(all.length, 4);
    const inner = [lines[at].slice(all.length)];
    // What is indented belongs to the item, and blank lines in front of it.
    for (at++; at < lines.length; at++) {
      const next = lines[at].trim() === '' ? lines[at + 1] : lines[at];
      if (next === undefined || next.search(/\S/) < Math.min(room, 2)) break;
      inner.push(lines[at].slice(Math.min(room, lines[at].search(/\S|$/))));
    }
    const content = nodes(inner, depth);
    // An item of one paragraph is a line.
    items.push(['li', {}, ...content.flatMap((n) => (n[0] === 'p' ? n.slice(2) : [n]))]);
    const next = endOf(lines, at, (line) => line.trim() === '');
    if (next < lines.length && belongs(lines[next])) at = next;
  }
  const start = parseInt(first, 10);
  return [[ordered ? 'ol' : 'ul', start > 1 ? { start } : {}, ...items], at];
}

function table(lines, at) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|');
  const row = (line, name) => [
    'tr',
    {},
    ...cells(line).map((c) => [name, {}, ...inline(c.trim())]),
  ];
  const end = endOf(lines, at + 2, (line) => line.includes('|'));
  const body = lines.slice(at + 2, end).map((line) => row(line, 'td'));
  return [['table', {}, ['thead', {}, row(lines[at], 'th')], ['tbody', {}, ...body]], end];
}

// In order: escape, code, strong, emphasis by stars, by lines, struck out, link, address, hard break.
// What a pair of marks may enclose is bounded, so that marks without an end cost little.
const span = new RegExp(
  [
    /\\([!-/:-@[-`{-~])/,
    /(`+)(.{1,2000}?)\2(?!`)/,
    /(\*\*|__)(?=\S)((?:\\.|[^\\]){1,2000}?)(?<=\S)\4/,
    /\*(?=\S)((?:\\.|[^\\]){1,2000}?)(?<=\S)\*/,
    /(?<!\w)_(?=\S)((?:\\.|[^\\]){1,2000}?)(?<=\S)_(?!\w)/,
    /~~(.{1,2000}?)~~/,
    /\[([^\]]{1,500})\]\(\s*<?([^\s)>]{1,2000})[^)]{0,500}\)/,
    /(https?:\/\/[^\s<>"')\]]{1,2000})/,
    /( {2,}\n)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gsu',
);

function inline(text, depth = 0) {
  if (depth === maxDepth) return [text];
  const found = [];
  let end = 0;
  for (const match of text.matchAll(span)) {
    if (match.index > end) found.push(text.slice(end, match.index));
    found.push(spanNode(match, depth + 1));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(text.slice(end));
  return found;
}

function spanNode(match, depth) {
  const [all, escaped, , code, , strong, starred, lined, struck, label, target, address] = match;
  if (escaped) return escaped;
  if (code) return ['code', {}, code];
  if (strong) return ['strong', {}, ...inline(strong, depth)];
  if (starred ?? lined) return ['em', {}, ...inline(starred ?? lined, depth)];
  if (struck) return ['del', {}, ...inline(struck, depth)];
  if (label) return link(target, inline(label, depth), all);
  if (address) return link(address, [address], all);
  return ['br', {}];
}

function link(target, children, otherwise) {
  if (!/^(https?:|mailto:)/i.test(target)) return otherwise;
  return ['a', { href: target, rel: 'noopener noreferrer', target: '_blank' }, ...children];
}

function build(node) {
  if (typeof node === 'string') return document.createTextNode(node);
  const [name, attributes, ...children] = node;
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.map(build));
  return element;
}

const shown = new WeakMap();

export function render(element, text) {
  const before = shown.get(element) ?? [];
  const now = blocks(text.split('\n'), 0);
  const same = now.findIndex(({ source }, i) => source !== before[i]?.source);
  const kept = same < 0 ? now.length : same;
  while (element.childNodes.length > kept) element.lastChild.remove();
  element.append(...now.slice(kept).map(({ node }) => build(node)));
  shown.set(element, now);
}
