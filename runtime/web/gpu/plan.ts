// SPDX-License-Identifier: Apache-2.0
// Plan: the bundle's own code. model.wasm carries the program as a custom section, and one function
// per schedule function that writes the list of dispatches for given sizes into its memory:
//
//   const count = plan.list(forward, { rows: 1, outputs: 0, pages: 3 });
//   plan.records   // count records of 8 u32: dispatch: 0, kernel, bind group, uses step, x, y, z, step
//                  //                         copy:     1, from, to, 0, bytes, 0, 0, step
import { BundleError } from '../errors.ts';
import { parseProgram, type PlanVariable, type Program, type ProgramFunction } from './program.ts';

export const recordWords = 8;
export const copyRecord = 1;

const sectionName = 'webllm.program';
const maxProgramBytes = 64 << 20;

export type PlanSizes = Record<PlanVariable, number>;

interface Listed {
  fn: ProgramFunction;
  list: (...sizes: number[]) => number;
  sizes: number[];
}

export class Plan {
  /** What the last `list` wrote; the view is made again when the module's memory has grown. */
  records = new Uint32Array(0);
  private readonly memory: WebAssembly.Memory;
  private readonly steps: number;
  private readonly words: number;
  private readonly listed = new Map<string, Listed>();

  private constructor(
    readonly program: Program,
    instance: WebAssembly.Instance,
  ) {
    const { exports } = instance;
    this.memory = exports['memory'] as WebAssembly.Memory;
    const steps = exports['steps'];
    this.steps = typeof steps === 'function' ? steps() : (steps as WebAssembly.Global)?.value;
    if (!this.memory || !Number.isInteger(this.steps)) {
      throw new BundleError('model.wasm exports no memory or no list of steps; compile it again');
    }
    let most = 0;
    for (const fn of program.functions) {
      const list = exports[fn.export];
      if (typeof list !== 'function') {
        throw new BundleError(`model.wasm exports no ${fn.export}; compile the model again`);
      }
      most = Math.max(most, fn.maxRecords);
      const sizes = fn.parameters.map(() => 0);
      this.listed.set(fn.name, { fn, list: list as Listed['list'], sizes });
    }
    this.words = most * recordWords;
  }

  static async load(bytes: Uint8Array<ArrayBuffer>, tensorCount: number): Promise<Plan> {
    const module = await WebAssembly.compile(bytes).catch((cause) => {
      throw new BundleError(`model.wasm is not a WebAssembly module: ${cause.message}`, { cause });
    });
    const [section] = WebAssembly.Module.customSections(module, sectionName);
    if (!section)
      throw new BundleError(`model.wasm has no section ${sectionName}; compile it again`);
    const program = parseProgram(await inflate(section), tensorCount);
    return new Plan(program, await WebAssembly.instantiate(module));
  }

  has(name: string): boolean {
    return this.listed.has(name);
  }

  function(name: string): ProgramFunction {
    return this.find(name).fn;
  }

  /** Writes the records of function `name` for these sizes and says how many there are. */
  list(name: string, sizes: PlanSizes): number {
    const { fn, list, sizes: values } = this.find(name);
    for (let i = 0; i < values.length; i++) values[i] = sizes[fn.parameters[i]];
    const count = list(...values);
    if (this.records.buffer !== this.memory.buffer) {
      this.records = new Uint32Array(this.memory.buffer, this.steps, this.words);
    }
    return count;
  }

  private find(name: string): Listed {
    const listed = this.listed.get(name);
    if (!listed) throw new BundleError(`model.wasm has no function ${name}; compile it again`);
    return listed;
  }
}

async function inflate(section: ArrayBuffer): Promise<Uint8Array> {
  const stream = new Blob([section]).stream().pipeThrough(new DecompressionStream('deflate'));
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      if (bytes > maxProgramBytes) throw new Error(`it holds more than ${maxProgramBytes} bytes`);
    }
  } catch (error) {
    throw new BundleError(`model.wasm: section ${sectionName} cannot be read: ${error}`);
  }
  const whole = new Uint8Array(bytes);
  for (let at = 0, i = 0; i < parts.length; at += parts[i++].length) whole.set(parts[i], at);
  return whole;
}
