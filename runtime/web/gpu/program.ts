// SPDX-License-Identifier: Apache-2.0
// The program inside model.wasm: buffers, kernels as WGSL text, bind groups, and the functions whose
// steps the module's plan functions list. All indices are checked here, once.
import { BundleError } from '../errors.ts';
import type { Capacities, RopeTable } from '../host/host_sequences.ts';
import { Json } from '../json.ts';

const newestProgram = 2;
const maxBindings = 16;
const maxRopeTables = 4;
const maxVariants = 16;
const maxRanges = 8; // codes, scales

export type BufferRole = (typeof bufferRoles)[number];
const bufferRoles = [
  'tokens',
  'step',
  'page_table',
  'cache',
  'scratch',
  'sampling',
  'result',
  'weight',
] as const;

/** Its size is bytes + bytesPerPage * (pages that a cache pool holds). */
export interface ProgramBuffer {
  name: string;
  role: BufferRole;
  bytes: number;
  bytesPerPage: number;
  /** Role weight: index into the manifest's tensors. */
  tensor: number;
  /** Role weight: the bytes of the tensor that it holds, one range after the other; empty: all. */
  ranges: ByteRange[];
}

export interface ByteRange {
  at: number;
  bytes: number;
}

/** Runs instead of its kernel where the device has the features; of several the first. */
export interface ProgramVariant {
  name: string;
  wgsl: string;
  features: string[];
}

export interface ProgramKernel {
  name: string;
  wgsl: string;
  bindings: GPUBufferBindingType[];
  variants: ProgramVariant[];
}

export interface ProgramBindGroup {
  kernel: number;
  buffers: number[];
}

/**
 * A size that a plan function takes: rows of the step, wanted outputs, pages looked back on, searches
 * for the tokens that are left to draw from.
 */
export type PlanVariable = (typeof planVariables)[number];
const planVariables = ['rows', 'outputs', 'pages', 'searches'] as const;

export interface ProgramFunction {
  name: string;
  export: string;
  parameters: PlanVariable[];
  results: number[];
  maxRecords: number;
  /** What each step stands for, as the bundle says it: read for profiles only. */
  steps: Json;
}

export interface Program {
  capacities: Capacities;
  rope: RopeTable[];
  buffers: ProgramBuffer[];
  kernels: ProgramKernel[];
  bindGroups: ProgramBindGroup[];
  functions: ProgramFunction[];
}

export function parseProgram(bytes: Uint8Array, tensorCount: number): Program {
  const root = Json.parse(bytes, 'model.wasm (webllm.program)');
  const version = root.field('version').integer(1);
  if (version > newestProgram) {
    throw new BundleError(
      `model.wasm holds a program of version ${version}, but this runtime reads up to ` +
        `${newestProgram}; the runtime is the older side: serve the one of this compiler`,
    );
  }
  const buffers = root.field('buffers').map((buffer) => readBuffer(buffer, tensorCount));
  const kernels = root.field('kernels').map(readKernel);
  const program: Program = {
    capacities: readCapacities(root.field('capacities')),
    rope: root.field('rope').map(readRope, maxRopeTables),
    buffers,
    kernels,
    bindGroups: root.field('bind_groups').map((group) => readBindGroup(group, kernels, buffers)),
    functions: root.field('functions').map((fn) => readFunction(fn, buffers.length)),
  };
  for (const role of ['tokens', 'step', 'page_table'] as const) {
    const count = buffers.filter((buffer) => buffer.role === role).length;
    if (count > 1) root.field('buffers').fail(`has ${count} buffers of role ${role}, wanted one`);
  }
  return program;
}

function readCapacities(sizes: Json): Capacities {
  return {
    maxRows: sizes.field('max_rows').integer(1, 65535),
    maxSequences: sizes.field('max_sequences').integer(1, 65535),
    pageTokens: sizes.field('page_tokens').integer(1, 65536),
    context: sizes.field('context').integer(1, 1 << 24),
    pagesPerSequence: sizes.field('pages_per_sequence').integer(1),
    initialPages: sizes.field('initial_pages').integer(1),
    stepSlots: sizes.field('step_slots').integer(1, 64),
    stepSlotBytes: sizes.field('step_slot_bytes').multiple(256, 256),
  };
}

function readRope(rope: Json): RopeTable {
  return {
    frequencies: rope.field('frequencies').map((frequency) => frequency.number(), 65536),
    scale: rope.field('scale').number(),
  };
}

function readBuffer(buffer: Json, tensorCount: number): ProgramBuffer {
  const role = buffer.field('role').oneOf(bufferRoles);
  const perPage = buffer.field('bytes_per_page');
  return {
    name: buffer.field('name').string(),
    role,
    bytes: buffer.field('bytes').multiple(4),
    bytesPerPage: perPage.isNull() ? 0 : perPage.multiple(4),
    tensor: role === 'weight' ? buffer.field('tensor').index(tensorCount) : -1,
    ranges: readRanges(buffer.field('ranges')),
  };
}

function readVariant(variant: Json): ProgramVariant {
  return {
    name: variant.field('name').string(),
    wgsl: variant.field('wgsl').string(),
    features: variant.field('features').map((feature) => feature.string(), 8),
  };
}

function readRanges(ranges: Json): ByteRange[] {
  if (ranges.isNull()) return [];
  return ranges.map((range) => {
    const [at, bytes] = range.map((word) => word.multiple(4), 2);
    if (bytes === undefined) range.fail('is not [at, bytes]');
    return { at, bytes };
  }, maxRanges);
}

function readKernel(kernel: Json): ProgramKernel {
  const variants = kernel.field('variants');
  const types = ['read-only-storage', 'storage', 'uniform'] as const;
  return {
    name: kernel.field('name').string(),
    wgsl: kernel.field('wgsl').string(),
    bindings: kernel.field('bindings').map((binding) => binding.oneOf(types), maxBindings),
    variants: variants.isNull() ? [] : variants.map(readVariant, maxVariants),
  };
}

function readBindGroup(
  group: Json,
  kernels: ProgramKernel[],
  buffers: ProgramBuffer[],
): ProgramBindGroup {
  const kernel = group.field('kernel').index(kernels.length);
  const bound = group.field('buffers').map((buffer) => buffer.index(buffers.length), maxBindings);
  const wanted = kernels[kernel].bindings.length;
  if (bound.length !== wanted) {
    group.fail(`binds ${bound.length} buffers, but kernel ${kernels[kernel].name} has ${wanted}`);
  }
  if (bound.filter((index) => buffers[index].role === 'step').length > 1) {
    group.fail('binds the step buffer twice');
  }
  return { kernel, buffers: bound };
}

function readFunction(fn: Json, bufferCount: number): ProgramFunction {
  return {
    name: fn.field('name').string(),
    export: fn.field('export').string(),
    parameters: fn.field('parameters').map((parameter) => parameter.oneOf(planVariables), 8),
    results: fn.field('results').map((buffer) => buffer.index(bufferCount)),
    maxRecords: fn.field('max_records').integer(0, 1 << 20),
    steps: fn.field('steps'),
  };
}
