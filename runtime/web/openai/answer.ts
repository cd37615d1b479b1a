// SPDX-License-Identifier: Apache-2.0
// Answer: the text of generated ids as it becomes certain: held back while a character, a stop
// string or a marker of the tool format is unfinished, and taken apart by the format.
//
//   const answer = new Answer(model, { prompt, table, tools, reasoningOpen, stop: ['\n\n'] });
//   answer.push(id)   // [{ kind: 'content', text: 'Hi' }]
//   answer.end()      // what was held back
import { type AnswerEvent, AnswerParser, type Tool } from '../host/answer_parser.ts';
import { StopStrings } from '../host/stop_strings.ts';
import type { TextStream } from '../host/tokenizer.ts';
import type { Model } from './model.ts';

export interface AnswerOptions {
  prompt: ArrayLike<number>;
  /** What takes the answer apart; without it all is content. */
  table?: Uint8Array | undefined;
  tools?: readonly Tool[] | undefined;
  reasoningOpen?: boolean;
  stop?: string | readonly string[] | null | undefined;
}

export class Answer {
  private readonly text: TextStream;
  private readonly stops: StopStrings | undefined;
  private readonly parser: AnswerParser | undefined;

  constructor(model: Model, options: AnswerOptions) {
    const { prompt, table, tools, reasoningOpen = false, stop } = options;
    const strings = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter(
      (text) => text !== '',
    );
    // Formats are made of control tokens, too.
    this.text = model.tokenizer().stream(prompt, { control: table !== undefined });
    this.stops = strings.length > 0 ? new StopStrings(model.host, strings) : undefined;
    this.parser = table && new AnswerParser(model.host, table, tools, { reasoningOpen });
  }

  /** Whether a stop string has come: nothing after it counts. */
  get isStopped(): boolean {
    return this.stops?.found !== undefined;
  }

  push(id: number): AnswerEvent[] {
    return this.parse(this.beforeStop(this.text.push(id)));
  }

  end(): AnswerEvent[] {
    let rest = '';
    if (!this.isStopped) {
      rest = this.beforeStop(this.text.flush());
      if (this.stops && !this.isStopped) rest += this.stops.flush();
    }
    return [...this.parse(rest), ...(this.parser?.flush() ?? [])];
  }

  close(): void {
    this.text.close();
    this.stops?.close();
    this.parser?.close();
  }

  private beforeStop(text: string): string {
    return this.stops && text !== '' ? this.stops.push(text) : text;
  }

  private parse(text: string): AnswerEvent[] {
    if (text === '') return [];
    return this.parser ? this.parser.push(text) : [{ kind: 'content', text }];
  }
}
