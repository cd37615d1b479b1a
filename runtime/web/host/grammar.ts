// SPDX-License-Identifier: Apache-2.0
// Grammars: answers that keep to a JSON schema, a grammar, a regular expression or a list, by
// grammar.wasm, which is fetched when the first one is asked for. runtime/grammar/exports.cpp says
// what each function takes and gives.
//
//   const grammars = await Grammars.load(undefined, tokenizerBytes, [eos]);
//   const constraint = grammars.compile({ schema: { type: 'integer' } });    // throws GrammarError
//   const matcher = constraint.matcher();
//   matcher.fillMask();        // bit t%32 of word t/32: may token t come next?
//   matcher.accept(token);
//
// A matcher's next mask may be computed while the GPU still runs the step of the token before it.
import { EngineError, GrammarError } from '../errors.ts';
import { unicodeProperty } from './unicode_property.ts';
import { instantiate, type MemoryFunctions, type ModulePlace, WasmModule } from './wasm_module.ts';

interface GrammarFunctions extends MemoryFunctions {
  vocabulary_open(at: number, bytes: number, ends: number, endCount: number): number;
  vocabulary_close(vocabulary: number): void;
  vocabulary_mask_words(vocabulary: number): number;
  constraint_new(
    vocabulary: number,
    language: number,
    text: number,
    bytes: number,
    options: number,
  ): number;
  constraint_free(constraint: number): void;
  refusal_message(): number;
  refusal_where(): number;
  matcher_new(constraint: number): number;
  matcher_clone(matcher: number): number;
  matcher_free(matcher: number): void;
  matcher_fill_mask(matcher: number): number;
  matcher_mask(matcher: number): number;
  matcher_accept(matcher: number, token: number): number;
  matcher_validate(matcher: number, tokens: number, count: number): number;
  matcher_rollback(matcher: number, count: number): number;
  matcher_state(matcher: number): number;
  matcher_accepted(matcher: number): number;
  matcher_accepted_tokens(matcher: number): number;
  matcher_forced_text(matcher: number): number;
  matcher_text(matcher: number): number;
  matcher_forced_count(matcher: number, tokens: number, count: number): number;
}

/** What an answer has to be. */
export type GrammarSource =
  | { json: 'value' | 'object' }
  | { schema: unknown } // a JSON schema, or its text
  | { gbnf: string }
  | { lark: string }
  | { regex: string }
  | { choices: readonly string[] }
  | { structuralTag: unknown }
  | { answers: unknown }; // reasoning, content and tool calls: answerConstraint

export interface GrammarOptions {
  /** Between the tokens of JSON: none, a little (the default), or any amount. */
  whitespace?: 'bounded' | 'compact' | 'any';
  /** Keys in the order in which the schema declares them (the default), or in any. */
  keyOrder?: 'declared' | 'any';
  /** Enforce `format` where it is known; otherwise it is a comment. */
  assertFormats?: boolean;
}

const whitespaces = ['bounded', 'compact', 'any'];
const anyKeyOrder = 4;
const assertFormats = 8;

// The order of Language in runtime/grammar/compile.h.
const languages = [
  'json',
  'jsonObject',
  'schema',
  'gbnf',
  'lark',
  'regex',
  'choices',
  'structuralTag',
  'answers',
];

const outOfFuel = -1;

function languageAndText(source: GrammarSource): [string, string] {
  if ('json' in source) return [source.json === 'object' ? 'jsonObject' : 'json', ''];
  const [language, content] = Object.entries(source)[0] ?? ['none', ''];
  return [language, typeof content === 'string' ? content : JSON.stringify(content)];
}

function optionBits({ whitespace, keyOrder, assertFormats: asserts }: GrammarOptions): number {
  return (
    Math.max(0, whitespaces.indexOf(whitespace ?? 'bounded')) |
    (keyOrder === 'any' ? anyKeyOrder : 0) |
    (asserts ? assertFormats : 0)
  );
}

class GrammarModule extends WasmModule<GrammarFunctions> {
  static async load(place: ModulePlace, signal?: AbortSignal): Promise<GrammarModule> {
    const name = 'grammar.wasm';
    const here = place ?? new URL('./grammar.wasm', import.meta.url);
    const call = await instantiate<GrammarFunctions>(name, here, 'constraint_new', signal, {
      unicode_property: (at: number, length: number) => module.propertyAt(at, length),
    });
    const module = new GrammarModule(name, call, call.memory);
    return module;
  }

  /** What runtime/grammar/regex/unicode_properties.cpp asks: the property whose name is there. */
  private propertyAt(at: number, length: number): number {
    const ranges = unicodeProperty(new TextDecoder().decode(this.bytes(at, length)));
    if (!ranges) return 0;
    const words = Uint32Array.of(ranges.length, ...ranges);
    return this.place(new Uint8Array(words.buffer));
  }

  withWords<T>(words: ArrayLike<number>, use: (at: number, count: number) => T): T {
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    return this.withCopy(bytes, (at) => use(at, words.length));
  }

  /** The text from `at` up to a zero. */
  message(at: number): string {
    let length = 0;
    while (this.bytes(at + length, 1)[0] !== 0) ++length;
    return new TextDecoder().decode(this.bytes(at, length));
  }
}

/** grammar.wasm with a model's vocabulary. */
export class Grammars {
  private constructor(
    private readonly module: GrammarModule,
    private readonly vocabulary: number,
  ) {}

  /** `tokenizer`: tokenizer.bin of the bundle; `ends`: the ids that end an answer. */
  static async load(
    place: ModulePlace,
    tokenizer: Uint8Array,
    ends: readonly number[],
    signal?: AbortSignal,
  ): Promise<Grammars> {
    const module = await GrammarModule.load(place, signal);
    const at = module.place(tokenizer);
    const vocabulary = module.withWords(ends, (endsAt, count) =>
      module.call.vocabulary_open(at, tokenizer.length, endsAt, count),
    );
    if (vocabulary === 0) throw new EngineError('grammar.wasm cannot read tokenizer.bin');
    return new Grammars(module, vocabulary);
  }

  /** Ends within about a second whatever the text; as a rule it takes milliseconds. */
  compile(source: GrammarSource, options: GrammarOptions = {}): Constraint {
    const { module, vocabulary } = this;
    const [language, text] = languageAndText(source);
    const handle = module.withCopy(new TextEncoder().encode(text), (at, bytes) =>
      module.call.constraint_new(
        vocabulary,
        languages.indexOf(language),
        at,
        bytes,
        optionBits(options),
      ),
    );
    if (handle === 0) {
      throw new GrammarError(
        module.message(module.call.refusal_message()),
        module.message(module.call.refusal_where()),
      );
    }
    return new Constraint(module, handle, module.call.vocabulary_mask_words(vocabulary));
  }

  /** After its constraints and their matchers. */
  close(): void {
    this.module.call.vocabulary_close(this.vocabulary);
  }
}

/** A compiled grammar; it serves any number of answers, and the later ones find its tables filled. */
export class Constraint {
  constructor(
    private readonly module: GrammarModule,
    private readonly handle: number,
    private readonly maskWords: number,
  ) {}

  matcher(): Matcher {
    return new Matcher(this.module, this.module.call.matcher_new(this.handle), this.maskWords);
  }

  /** The matcher that had accepted these tokens (Matcher.accepted). */
  restore(tokens: ArrayLike<number>): Matcher {
    const matcher = this.matcher();
    for (const token of Array.from(tokens)) {
      if (!matcher.accept(token))
        throw new EngineError(`the grammar does not allow token ${token}`);
    }
    return matcher;
  }

  /** Its matchers stay valid. */
  close(): void {
    this.module.call.constraint_free(this.handle);
  }
}

/** One answer under a constraint, token by token. */
export class Matcher {
  constructor(
    private readonly module: GrammarModule,
    private readonly handle: number,
    private readonly maskWords: number,
  ) {}

  /** Which tokens may come next, at least one; a view that holds until the next call. */
  fillMask(): Uint32Array<ArrayBuffer> {
    const { call } = this.module;
    const outcome = call.matcher_fill_mask(this.handle);
    if (outcome === outOfFuel) throw tooMuchWork();
    if (outcome < 0) throw new EngineError('no token of this model can go on with the grammar');
    return this.module.words(call.matcher_mask(this.handle), this.maskWords);
  }

  /** False, and nothing has changed, where the grammar does not allow the token. */
  accept(token: number): boolean {
    const outcome = this.module.call.matcher_accept(this.handle, token);
    if (outcome === outOfFuel) throw tooMuchWork();
    return outcome === 1;
  }

  /** How many of the tokens could be accepted one after another; changes nothing. */
  validate(tokens: ArrayLike<number>): number {
    return this.module.withWords(tokens, (at, count) =>
      this.module.call.matcher_validate(this.handle, at, count),
    );
  }

  /** Takes the last tokens back. */
  rollback(tokens: number): void {
    if (this.module.call.matcher_rollback(this.handle, tokens) !== 1) {
      throw new EngineError(`fewer than ${tokens} tokens were accepted`);
    }
  }

  /** Whether the answer may end here. */
  get isComplete(): boolean {
    return this.module.call.matcher_state(this.handle) !== 0;
  }

  /** Whether a token that ends the answer was accepted. */
  get hasEnded(): boolean {
    return this.module.call.matcher_state(this.handle) === 2;
  }

  accepted(): Uint32Array<ArrayBuffer> {
    const { call } = this.module;
    const count = call.matcher_accepted(this.handle);
    return this.module.words(call.matcher_accepted_tokens(this.handle), count).slice();
  }

  /**
   * Tokens that must come next, spelled as the tokenizer spells them: all of them may be accepted
   * without asking the model. `encode`: text to tokens, without BOS and the like.
   */
  forcedTokens(encode: (text: string) => Uint32Array): Uint32Array {
    const { call } = this.module;
    const bytes = call.matcher_forced_text(this.handle);
    if (bytes === 0) return new Uint32Array();
    const text = this.module.bytes(call.matcher_text(this.handle), bytes).slice();
    const tokens = encode(new TextDecoder().decode(text));
    const count = this.module.withWords(tokens, (at, length) =>
      call.matcher_forced_count(this.handle, at, length),
    );
    return tokens.subarray(0, count);
  }

  /** A second continuation of the same answer. */
  clone(): Matcher {
    const { call } = this.module;
    return new Matcher(this.module, call.matcher_clone(this.handle), this.maskWords);
  }

  close(): void {
    this.module.call.matcher_free(this.handle);
  }
}

function tooMuchWork(): EngineError {
  return new EngineError('the grammar asks for too much work at this place; simplify it');
}
