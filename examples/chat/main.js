// SPDX-License-Identifier: Apache-2.0
// Joins the page: which model is loaded, what is sent, what is shown.
import {
  AbortedError,
  createWorkerEngine,
  deleteModelAllInfoInCache,
  DeviceLostError,
} from '../runtime/runtime.js';
import { answer } from './answer.js';
import { ideas, schema, tools } from './demos.js';
import { ConversationView, element } from './view.js';

const at = (id) => document.getElementById(id);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const remembered = (name, otherwise) => JSON.parse(localStorage.getItem(name)) ?? otherwise;
const remember = (name, value) => localStorage.setItem(name, JSON.stringify(value));

const messages = remembered('messages', []);
const view = new ConversationView(at('log'), { edit, again });
let engine;
let loading; // AbortController
let writing; // AbortController

// --- model ---------------------------------------------------------------------------------------

const shares = { library: 0.05, weights: 0.85, kernels: 0.1 };
const phases = {
  library: 'Reading the tokenizer',
  weights: 'Reading the weights',
  kernels: 'Preparing the GPU',
};

/** Weights arrive while kernels compile: the bar adds up, the words follow the weights. */
function showProgress() {
  const done = { library: 0, weights: 0, kernels: 0 };
  let said = 'library';
  return ({ phase, loaded, total }) => {
    done[phase] = total === 0 ? 1 : loaded / total;
    at('bar').value = Object.keys(shares).reduce((sum, one) => sum + shares[one] * done[one], 0);
    if (phase === 'kernels' && said === 'weights' && done.weights < 1) return;
    said = phase;
    const [now, all] = phase === 'kernels' ? [loaded, total] : [loaded, total].map(megabytes);
    at('phase').textContent = `${phases[phase]}: ${now} of ${all}`;
  };
}

async function load() {
  loading?.abort();
  writing?.abort();
  const mine = (loading = new AbortController());
  const before = engine;
  engine = undefined;
  const { value: address, selectedOptions } = at('model');
  at('loading-title').textContent = `Loading ${selectedOptions[0].textContent}`;
  at('bar').removeAttribute('value');
  at('phase').textContent = 'Opening the model';
  show({ state: 'loading' });
  try {
    await before?.close();
    const { signal } = mine;
    const options = {
      progress: showProgress(),
      signal,
      worker: new URL('worker.js', location.href),
    };
    const opened = await createWorkerEngine(address, options);
    if (signal.aborted) return await opened.close();
    engine = opened;
    at('spoken').textContent = `${engine.model.name} is ready`;
    show({ state: 'ready' });
    at('input').focus();
    await figures();
  } catch (error) {
    if (mine !== loading) return; // another model is wanted by now
    const wasStopped = error instanceof AbortedError;
    at('failure-text').textContent = wasStopped ? 'Loading was stopped.' : error.message;
    show({ state: 'failed' });
    at('retry').focus();
  }
}

async function figures(usage) {
  const { allocatedBytes } = await engine.memory();
  const said = [`${megabytes(allocatedBytes)} on the GPU`];
  if (usage) {
    const { decode_tokens_per_s: rate, time_to_first_token_s: first } = usage.extra;
    said.unshift(
      `${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`,
      `first in ${first.toFixed(1)} s`,
      `${usage.total_tokens} of ${engine.model.context}`,
    );
  }
  at('figures').textContent = said.join(' · ');
}

// --- conversation --------------------------------------------------------------------------------

const mode = () => document.querySelector('[name=mode]:checked').value;
const numberIn = (id) => (at(id).value === '' ? undefined : at(id).valueAsNumber);

function send(text) {
  const message = { role: 'user', content: text, mode: mode() };
  if (message.mode === 'json') message.schema = at('schema').value;
  messages.push(message);
  view.update(message);
  return write();
}

function edit(message, text) {
  messages.length = messages.indexOf(message);
  view.show(messages);
  at('input').focus();
  return send(text);
}

/** Another answer to the last question before this one. */
function again(message) {
  let end = messages.indexOf(message);
  while (messages[end].role !== 'user') end--;
  messages.length = end + 1;
  view.show(messages);
  at('input').focus();
  return write({ temperature: numberIn('temperature') || 0.7 });
}

/** The message will not change any more. */
function finish(message) {
  view.flush();
  if (messages.includes(message)) view.update(message);
}

async function write(changed) {
  writing?.abort();
  const mine = (writing = new AbortController());
  const options = {
    mode: messages.at(-1).mode,
    schema: messages.at(-1).schema,
    system: at('system').value.trim(),
    temperature: numberIn('temperature'),
    most: numberIn('most'),
    signal: mine.signal,
    ...changed,
  };
  show({ state: 'writing' });
  scroll({ now: true });
  let current;
  let cost;
  let isLost = false;
  try {
    for await (const { message, usage } of answer(engine, messages, options)) {
      if (current && current !== message) finish(current);
      current = message;
      cost = usage ?? cost;
      view.soon(message, { writing: true });
    }
  } catch (error) {
    if (current?.role !== 'assistant')
      messages.push((current = { role: 'assistant', content: '' }));
    if (error instanceof AbortedError) current.stopped = true;
    else current.error = error.message;
    isLost = error instanceof DeviceLostError;
  }
  finish(current);
  if (mine !== writing) return;
  writing = undefined;
  show({ state: 'ready' });
  remember('messages', messages);
  at('spoken').textContent = current.error ?? current.content;
  if (isLost) return load(); // from what is kept on the device
  await figures(cost).catch(() => {});
}

// --- page ----------------------------------------------------------------------------------------

function show({ state }) {
  for (const [id, shown] of [
    ['loading', state === 'loading'],
    ['failure', state === 'failed'],
    ['empty', state === 'ready' && messages.length === 0],
    ['log', state !== 'loading' && state !== 'failed'],
    ['halt', state === 'writing'],
  ]) {
    at(id).hidden = !shown;
  }
  at('send').hidden = state === 'writing';
  scroll();
  enable();
}

function enable() {
  at('send').disabled = !engine || writing !== undefined || at('input').value.trim() === '';
}

/** Follows the text, unless the reader has gone elsewhere. */
const isAtEnd = () =>
  at('scroll').scrollHeight - at('scroll').scrollTop - at('scroll').clientHeight < 80;
let follows = true;
function scroll({ now = false } = {}) {
  if (now) follows = true;
  if (follows) at('scroll').scrollTop = at('scroll').scrollHeight;
  at('latest').hidden = follows || messages.length === 0;
}
at('scroll').addEventListener('scroll', () => {
  follows = isAtEnd();
  at('latest').hidden = follows || messages.length === 0;
});
new ResizeObserver(() => scroll()).observe(at('log'));
at('latest').addEventListener('click', () => scroll({ now: true }));

function showMode() {
  const now = mode();
  at('extra').hidden = now === 'chat';
  const isJson = now === 'json';
  at('extra').querySelector('summary').textContent = isJson
    ? 'The answer fits a schema'
    : `The model may call ${tools.map((tool) => tool.function.name).join(' or ')}`;
  at('schema').hidden = at('extra').querySelector('label').hidden = !isJson;
  at('functions').hidden = isJson;
}

at('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = at('input').value.trim();
  if (text === '' || !engine || writing) return;
  at('input').value = '';
  void send(text);
});
at('input').addEventListener('input', enable);
at('input').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at('composer').requestSubmit();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && writing && !at('dialog').open) writing.abort();
});
at('halt').addEventListener('click', () => {
  writing?.abort();
  at('input').focus();
});
at('modes').addEventListener('change', showMode);
at('new').addEventListener('click', () => {
  writing?.abort();
  messages.length = 0;
  remember('messages', messages);
  view.clear();
  if (engine) show({ state: 'ready' });
  at('input').focus();
});
at('cancel').addEventListener('click', () => loading.abort());
at('retry').addEventListener('click', () => load());
at('model').addEventListener('change', () => load());

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
};
function showTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  at('theme').setAttribute('aria-pressed', isDark());
}
at('theme').addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  remember('theme', theme);
  showTheme(theme);
});

const kept = ['system', 'temperature', 'most'];
for (const id of kept) at(id).value = remembered(id, '');
at('settings').addEventListener('click', () => at('dialog').showModal());
at('dialog').addEventListener('close', () => {
  for (const id of kept) remember(id, at(id).value);
  const address = at('address').value;
  at('address').value = '';
  if (address !== '') {
    addModel({
      name: address
        .replace(/\/(model\.json)?$/, '')
        .split('/')
        .at(-1),
      address,
    });
    at('model').value = address;
    void load();
  }
});
at('forget').addEventListener('click', async () => {
  await deleteModelAllInfoInCache(at('model').value);
  at('forget').textContent = 'Deleted';
  setTimeout(() => (at('forget').textContent = 'Delete downloaded model'), 2000);
});

function addModel({ name, address }) {
  at('model').append(element('option', { value: new URL(address, location.href).href }, name));
}

for (const { mode: kind, title, text } of ideas) {
  const onclick = () => {
    document.querySelector(`[name=mode][value=${kind}]`).checked = true;
    showMode();
    at('input').focus();
    void send(text);
  };
  const attributes = { class: 'idea', type: 'button', onclick };
  const sentence = element('span', { class: 'quiet' }, text);
  at('ideas').append(element('button', attributes, element('b', {}, title), sentence));
}
at('schema').value = JSON.stringify(schema);
at('functions').append(
  ...tools.map(({ function: { name, parameters } }) =>
    element('li', {}, element('code', {}, `${name}(${Object.keys(parameters.properties)})`)),
  ),
);

showTheme(remembered('theme', undefined));
showMode();
view.show(messages);
// A service worker makes the page work without a network. It wants https: or localhost.
await navigator.serviceWorker?.register('service_worker.js').catch(() => {});
const models = await (await fetch('../models/models.json')).json();
for (const model of models) addModel(model);
const wanted = new URLSearchParams(location.search).get('model');
if (wanted) {
  addModel({ name: wanted, address: wanted });
  at('model').value = new URL(wanted, location.href).href;
}
await load();
