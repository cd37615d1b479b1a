// SPDX-License-Identifier: Apache-2.0
// What a field of a request may be, as values that tables of fields are made of (fields.ts). Each
// check throws a RequestError that names the place, the value and what was wanted:
//
//   const fields = { temperature: number(0), stop: either(text, list(text, 16)) };
//   checkFields(fields, { temperature: -1 });  // temperature is -1, wanted a number of 0 or more
import { RequestError } from '../errors.ts';

export type Check = ((value: unknown, at: string) => void) & { wants: string };
export type Fields = Readonly<Record<string, Check>>;

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

function wrong(value: unknown, at: string, wants: string): never {
  throw new RequestError(`${at} is ${show(value)}, wanted ${wants}`, at);
}

const check = (wants: string, accepts: (value: unknown) => boolean): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      if (!accepts(value)) wrong(value, at, wants);
    },
    { wants },
  );

const range = (what: string, least: number, most: number) => {
  if (most === Infinity) return least === -Infinity ? what : `${what} of ${least} or more`;
  return `${what} from ${least} to ${most}`;
};
const isIn = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least && value <= most;

export const number = (least = -Infinity, most = Infinity) =>
  check(range('a number', least, most), (value) => isIn(value, least, most));

export const aboveZero = check('a number above 0', (value) => isIn(value, Number.MIN_VALUE, 1e9));

export const integer = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  check(
    range('a whole number', least, most === Number.MAX_SAFE_INTEGER ? Infinity : most),
    (value) => Number.isInteger(value) && isIn(value, least, most),
  );

export const flag = check('true or false', (value) => typeof value === 'boolean');

export const text = check('text', (value) => typeof value === 'string');

export const record = check(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export const oneOf = (...choices: (string | number | boolean)[]) =>
  check(`one of ${choices.map(show).join(', ')}`, (value) => choices.includes(value as string));

/** The engine has nothing of the kind: only its absence is accepted, and what says the same. */
export const unsupported = (why: string, ...harmless: unknown[]): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      if (harmless.some((same) => show(same) === show(value))) return;
      throw new RequestError(`${at} is not supported: ${why}`, at);
    },
    { wants: 'nothing' },
  );

export const list = (item: Check, most: number, least = 0): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      const wants = `a list of ${least} to ${most}, each ${item.wants}`;
      if (!Array.isArray(value)) wrong(value, at, wants);
      if (value.length < least || value.length > most) {
        throw new RequestError(`${at} has ${value.length} items, wanted ${wants}`, at);
      }
      value.forEach((one, i) => item(one, `${at}[${i}]`));
    },
    { wants: `a list, each ${item.wants}` },
  );

/** The values of an object whose keys the caller chooses. */
export const map = (item: Check): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      record(value, at);
      for (const [key, one] of Object.entries(value as object)) item(one, `${at}.${key}`);
    },
    { wants: `an object, each value ${item.wants}` },
  );

/** An object with these fields, of which those in `required` must be there. */
export const object = (fields: Fields, ...required: string[]): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      record(value, at);
      checkFields(fields, value as object, required, at);
    },
    { wants: 'an object' },
  );

/** An object whose field `by` says which fields it has. */
export const variant = (by: string, kinds: Readonly<Record<string, Check>>): Check =>
  Object.assign(
    (value: unknown, at: string) => {
      record(value, at);
      const kind = (value as Record<string, unknown>)[by];
      oneOf(...Object.keys(kinds))(kind, `${at}.${by}`);
      kinds[kind as string](value, at);
    },
    { wants: `an object with ${by}` },
  );

/** The first that accepts the kind of value; the last one's complaint is shown. */
export const either = (...checks: Check[]): Check => {
  const wants = checks.map((one) => one.wants).join(', or ');
  return Object.assign(
    (value: unknown, at: string) => {
      const accepted = checks.some((one) => {
        try {
          one(value, at);
          return true;
        } catch {
          return false;
        }
      });
      if (accepted) return;
      if (typeof value === 'object') {
        // Names what is wrong inside.
        const kind = Array.isArray(value) ? 'a list' : 'an object';
        checks.find((one) => one.wants.startsWith(kind))?.(value, at);
      }
      wrong(value, at, wants);
    },
    { wants },
  );
};

/** Checks each field that is there; null is the same as absent. */
export function checkFields(
  fields: Fields,
  value: object,
  required: readonly string[] = [],
  at = '',
): void {
  const place = (name: string) => (at === '' ? name : `${at}.${name}`);
  for (const [name, one] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).sort().join(', ');
      throw new RequestError(`${place(name)} is not a field; fields are ${known}`, place(name));
    }
    if (one !== null && one !== undefined) fields[name](one, place(name));
  }
  for (const name of required) {
    const found = (value as Record<string, unknown>)[name];
    if (found === undefined || found === null) {
      throw new RequestError(
        `${place(name)} is missing, wanted ${fields[name].wants}`,
        place(name),
      );
    }
  }
}
