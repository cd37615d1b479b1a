// SPDX-License-Identifier: Apache-2.0
// The conversation as elements. A message's element is made once and then filled as the message grows.
import { render } from './markdown.js';

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

function action(name, label, onclick) {
  const attributes = {
    class: 'action',
    type: 'button',
    'aria-label': label,
    title: label,
    onclick,
  };
  return element('button', attributes, icon(name));
}

const pretty = (json) => {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // it is not complete
  }
};

export class ConversationView {
  /** `handlers`: edit(message, text) and again(message). */
  constructor(log, handlers) {
    this.log = log;
    this.handlers = handlers;
    this.shown = new Map();
    this.waiting = new Map();
  }

  clear() {
    this.log.replaceChildren();
    this.shown.clear();
    this.waiting.clear();
  }

  /** Shows all of a conversation. */
  show(messages) {
    this.clear();
    for (const message of messages) this.update(message);
  }

  /** Shows the message before the next frame; several changes count as one. */
  soon(message, options) {
    const first = this.waiting.size === 0;
    this.waiting.set(message, options);
    if (first) requestAnimationFrame(() => this.flush());
  }

  flush() {
    for (const [message, options] of this.waiting) this.update(message, options);
    this.waiting.clear();
  }

  update(message, { writing = false } = {}) {
    if (message.role === 'tool') return this.result(message);
    const article = this.shown.get(message) ?? this.make(message);
    article.classList.toggle('writing', writing);
    article.setAttribute('aria-busy', writing);
    const [calls, text, notes, actions] = article.parts;
    if (message.role === 'user') text.textContent = message.content;
    else this.fill(calls, text, message, writing);
    notes.replaceChildren(...this.notes(message));
    const isEmpty = message.content === '';
    actions.hidden = writing || (isEmpty && !message.error && !message.stopped);
    actions.firstChild.hidden = isEmpty; // nothing to copy
  }

  make(message) {
    const isUser = message.role === 'user';
    const parts = ['calls', 'text', 'notes', 'actions'].map((name) =>
      element('div', { class: name }),
    );
    const [, , , actions] = parts;
    const label = isUser ? 'You' : 'Model';
    const article = element('article', { class: message.role, 'aria-label': label }, ...parts);
    article.parts = parts;
    const copy = action('copy', 'Copy', async () => {
      await navigator.clipboard.writeText(message.content);
      copy.replaceChildren(icon('done'));
      setTimeout(() => copy.replaceChildren(icon('copy')), 1500);
    });
    actions.append(copy);
    if (isUser) actions.append(action('edit', 'Edit', () => this.edit(article, message)));
    else actions.append(action('again', 'Answer again', () => this.handlers.again(message)));
    this.shown.set(message, article);
    this.log.append(article);
    return article;
  }

  fill(calls, text, message, writing) {
    message.tool_calls?.forEach(({ function: { name, arguments: given } }, i) => {
      const card = calls.children[i] ?? calls.appendChild(callCard());
      card.querySelector('code').textContent = `${name}(${given})`;
    });
    text.hidden = !writing && message.content === '';
    const source = message.json ? `\`\`\`json\n${pretty(message.content)}` : message.content;
    render(text, message.json && message.content === '' ? '' : source);
  }

  notes({ stopped, error, reasoning }) {
    const notes = [];
    if (reasoning) {
      const summary = element('summary', {}, 'Reasoning');
      notes.push(element('details', { class: 'note' }, summary, reasoning));
    }
    if (stopped) notes.push(element('p', { class: 'note' }, 'Stopped.'));
    if (error) notes.push(element('p', { class: 'note wrong', role: 'alert' }, error));
    return notes;
  }

  /** The result of a function belongs to its call. */
  result({ tool_call_id, content }) {
    for (const [message, article] of this.shown) {
      const at = message.tool_calls?.findIndex(({ id }) => id === tool_call_id) ?? -1;
      const card = article.parts[0].children[at];
      if (!card || card.querySelector('.result')) continue;
      const label = element('span', { class: 'label' }, 'returns');
      card.append(element('div', { class: 'result' }, label, element('code', {}, content)));
    }
  }

  edit(article, message) {
    const area = element('textarea', { 'aria-label': 'Your message', rows: 3 });
    area.value = message.content;
    const close = () => {
      form.replaceWith(...article.parts);
      article.parts[3].querySelector('[aria-label="Edit"]').focus();
    };
    const cancel = element('button', { class: 'small', type: 'button', onclick: close }, 'Cancel');
    const save = element('button', { class: 'primary' }, 'Send again');
    const form = element(
      'form',
      { class: 'editor' },
      area,
      element('div', { class: 'row' }, cancel, save),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (area.value.trim() !== '') this.handlers.edit(message, area.value.trim());
    });
    area.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') close();
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    article.replaceChildren(form);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }
}

function callCard() {
  const label = element('span', { class: 'label' }, 'calls');
  return element('div', { class: 'call' }, element('div', {}, label, element('code')));
}
