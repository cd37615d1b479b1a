// SPDX-License-Identifier: Apache-2.0
// Json: a value of a JSON document that knows its place in it, so that whatever is read from the
// network is checked where it is read and a fault names the file and the place.
//
//   const bytes = root.field('segments').item(3).field('bytes').integer(1, maxSegmentBytes);
//   // BundleError: model.json: segments[3].bytes is -1, wanted a whole number from 1 to 33554432
import { BundleError } from './errors.ts';

const maxItems = 1_000_000;

export class Json {
  constructor(
    private readonly value: unknown,
    private readonly file: string,
    readonly path = '',
  ) {}

  static parse(bytes: Uint8Array, file: string): Json {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (error) {
      const start = new TextDecoder().decode(bytes.subarray(0, 40)).trim();
      throw new BundleError(`${file} is not JSON: it begins with ${JSON.stringify(start)}`, {
        cause: error,
      });
    }
    return new Json(value, file);
  }

  fail(problem: string): never {
    throw new BundleError(`${this.file}: ${this.path || 'the document'} ${problem}`);
  }

  private expected(what: string): never {
    const text = JSON.stringify(this.value) ?? 'missing';
    this.fail(`is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}, wanted ${what}`);
  }

  isNull(): boolean {
    return this.value === undefined || this.value === null;
  }

  field(key: string): Json {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      this.expected('an object');
    }
    const value = Object.hasOwn(this.value, key)
      ? (this.value as Record<string, unknown>)[key]
      : undefined;
    return new Json(value, this.file, this.path ? `${this.path}.${key}` : key);
  }

  object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      this.expected('an object');
    }
    return this.value as Record<string, unknown>;
  }

  map<T>(read: (item: Json, index: number) => T, limit = maxItems): T[] {
    if (!Array.isArray(this.value)) this.expected('a list');
    if (this.value.length > limit) {
      this.fail(`has ${this.value.length} items, more than ${limit}`);
    }
    return this.value.map((item, i) => read(new Json(item, this.file, `${this.path}[${i}]`), i));
  }

  string(): string {
    if (typeof this.value !== 'string') this.expected('text');
    return this.value;
  }

  matching(pattern: RegExp, what: string): string {
    const text = this.string();
    if (!pattern.test(text)) this.expected(what);
    return text;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.expected(`one of ${choices.join(', ')}`);
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) this.expected('a number');
    return this.value;
  }

  integer(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      this.expected(`a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  /** An index into a list of `count`. */
  index(count: number): number {
    return this.integer(0, count - 1);
  }

  multiple(of: number, least = 0): number {
    const value = this.integer(least);
    if (value % of !== 0) this.expected(`a multiple of ${of}`);
    return value;
  }
}
