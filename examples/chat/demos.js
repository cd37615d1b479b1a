// SPDX-License-Identifier: Apache-2.0
// What the page offers to begin with, and the functions that a model may call in mode `tools`.

export const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' }, city: { type: 'string' } },
  required: ['name', 'age', 'city'],
  additionalProperties: false,
};

export const ideas = [
  { mode: 'chat', title: 'Say hello', text: 'Hello, my name is Ann.' },
  { mode: 'chat', title: 'Hear a story', text: 'Tell me a story with these words: fox, lamp' },
  { mode: 'json', title: 'JSON that fits a schema', text: 'Ann is 31 and lives in Oslo.' },
  { mode: 'tools', title: 'A function is called', text: 'What is the weather in Oslo?' },
];

const ofCity = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

const functions = {
  get_weather: {
    description: 'Get the weather',
    parameters: ofCity,
    run: ({ city }) => ({ weather: ['sunny', 'mild', 'rainy', 'windy'][city.length % 4] }),
  },
  find_hotel: {
    description: 'Find the hotel',
    parameters: ofCity,
    run: ({ city }) => ({ hotel: `Grand ${city}` }),
  },
};

export const tools = Object.entries(functions).map(([name, { description, parameters }]) => ({
  type: 'function',
  function: { name, description, parameters },
}));

/** The result of a call as the text that the model is told. */
export function call(name, text) {
  try {
    return JSON.stringify(functions[name].run(JSON.parse(text)));
  } catch (error) {
    return JSON.stringify({ error: error.message });
  }
}
