// SPDX-License-Identifier: Apache-2.0
// Recorder: has the GPU note when each dispatch begins and ends. WebGPU takes timestamps at the
// borders of passes only, so every dispatch of a step gets a pass of its own (executor.ts asks for
// it by `next`), and the ends are read back with the step.
//
//   const recorder = new Recorder(executor, manifest);
//   executor.recorder = recorder;
//   ...                                     // steps as always
//   const profile = await recorder.take();
import type { Executor, StepRecorder, StepSizes, StepTimer } from '../gpu/executor.ts';
import type { Manifest } from '../load/manifest.ts';
import { greatestDivisor } from './numbers.ts';
import type { Profile, TimedDispatch } from './profile.ts';
import { measureRates, type Rates } from './rates.ts';
import { Sites } from './sites.ts';
import { Timestamps } from './timestamps.ts';

const maxDispatches = 1 << 18; // 30 MB; half an hour of decoding at 136 a token would be more

/** A dispatch whose time is not known yet. */
type Dispatched = Omit<TimedDispatch, 'start' | 'nanoseconds'>;

export class Recorder implements StepRecorder {
  private readonly sites: Sites;
  private readonly timestamps: Timestamps;
  private readonly reading = new Set<Promise<void>>();
  private dispatches: TimedDispatch[] = [];
  private steps = 0;
  private missed = 0;
  private first: bigint | undefined;
  private rates: Rates | undefined;

  constructor(
    private readonly executor: Executor,
    private readonly manifest: Manifest,
  ) {
    this.sites = new Sites(executor, manifest);
    this.timestamps = new Timestamps(executor.device);
  }

  begin(): StepTimer {
    const step = this.steps++;
    const writer = this.timestamps.writer();
    const dispatched: Dispatched[] = [];
    let name = '';
    let sizes: StepSizes;
    return {
      enter(entered, ofThese) {
        [name, sizes] = [entered, ofThese];
      },
      next: (record) => {
        dispatched.push({ step, ...this.sites.cost(name, record, sizes) });
        return { timestampWrites: writer.next() };
      },
      finish: (encoder) => writer.finish(encoder),
      submitted: () => {
        const read = writer.read().then((times) => this.keep(dispatched, times));
        const done = read.catch(() => {}).then(() => void this.reading.delete(done));
        this.reading.add(done); // a lost device is reported by whoever waits for the step
      },
    };
  }

  /** What was timed since the last call. */
  async take(): Promise<Profile> {
    const { device } = this.executor;
    await device.wait(Promise.all(this.reading));
    this.rates ??= await measureRates(device, this.timestamps);
    const { dispatches, missed } = this;
    dispatches.sort((a, b) => a.start - b.start || a.step - b.step);
    this.dispatches = [];
    [this.missed, this.first] = [0, undefined];
    return {
      model: this.manifest.model.name,
      adapter: device.gpu.adapterInfo?.description || 'a GPU without a name',
      tickNanoseconds: greatestDivisor(dispatches.flatMap((d) => [d.start, d.nanoseconds])),
      ...this.rates,
      sites: this.sites.all,
      dispatches,
      missed,
    };
  }

  destroy(): void {
    this.timestamps.destroy();
  }

  private keep(dispatched: Dispatched[], times: BigUint64Array): void {
    if (times.length > 0) this.first ??= times[0];
    dispatched.forEach((dispatch, i) => {
      if (this.dispatches.length === maxDispatches) {
        this.missed++;
        return;
      }
      const [from, to] = [times[2 * i], times[2 * i + 1]];
      const nanoseconds = Math.max(0, Number(to - from)); // some drivers' clocks run backwards
      this.dispatches.push({ ...dispatch, start: Number(from - this.first!), nanoseconds });
    });
  }
}
