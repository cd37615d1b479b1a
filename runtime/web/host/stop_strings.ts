// SPDX-License-Identifier: Apache-2.0
// StopStrings: ends a stream of text before a stop string (runtime/host/stop_strings.h).
//
//   const stops = new StopStrings(host, ['\n\n', 'END']);
//   stops.push('one\n');      // 'one'    '\n' may begin '\n\n'
//   stops.push('two END x');  // '\ntwo '
//   stops.found               // 'END'
import type { Host } from './host.ts';

export class StopStrings {
  private readonly handle: number;
  // What is held back begins with a whole character, as each text does.
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    private readonly host: Host,
    private readonly strings: readonly string[],
  ) {
    this.handle = host.call.stops_new();
    for (const text of strings) {
      host.withText(text, (at, length) => host.call.stops_add(this.handle, at, length));
    }
  }

  /** The text that became certain. What follows a stop string is dropped. */
  push(text: string): string {
    const { host, handle } = this;
    const bytes = host.withText(text, (at, length) => host.call.stops_push(handle, at, length));
    return this.text(bytes);
  }

  /** The end of the stream: the text that was held back. */
  flush(): string {
    return this.text(this.host.call.stops_flush(this.handle));
  }

  get found(): string | undefined {
    return this.strings[this.host.call.stops_found(this.handle)];
  }

  close(): void {
    this.host.call.stops_free(this.handle);
  }

  private text(bytes: number): string {
    if (bytes === 0) return '';
    const at = this.host.call.stops_text(this.handle);
    return this.decoder.decode(this.host.bytes(at, bytes));
  }
}
