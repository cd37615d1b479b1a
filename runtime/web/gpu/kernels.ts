// SPDX-License-Identifier: Apache-2.0
// Kernels: a program's pipelines, compiled in parallel, and its bind groups, all made at load. When
// buffers grow, the bind groups that hold one of them are made again, and only those.
//
// A kernel may have variants for devices with more features. The first that the device can run and
// its driver compiles is taken; the plain kernel is compiled beside it, as the measure of
// self_check.ts and as what remains when all variants are refused.
import { BundleError, EngineError } from '../errors.ts';
import type { Buffers } from './buffers.ts';
import type { OpenDevice } from './device.ts';
import type { Program, ProgramKernel, ProgramVariant } from './program.ts';

const computeStage = 0x4; // GPUShaderStage.COMPUTE, which Node has not as a global

/** What a kernel with variants runs as on this device. */
export interface KernelVariant {
  kernel: string;
  /** undefined: the plain kernel, which needs no feature. */
  variant: string | undefined;
  /** Better variants that the driver refused to compile, or computed wrongly. */
  refused: readonly { variant: string; reason: string }[];
}

/** A kernel's pipelines, and the variants that have not been refused. */
interface Versions {
  layout: GPUPipelineLayout;
  plain: Promise<GPUComputePipeline>;
  variants: ProgramVariant[];
  report: KernelVariant;
}

export class Kernels {
  /** What runs, by kernel. */
  readonly pipelines: GPUComputePipeline[] = [];
  /** What runs on every device, by kernel. */
  readonly plain: GPUComputePipeline[] = [];
  readonly bindGroups: GPUBindGroup[] = [];
  private readonly layouts: GPUBindGroupLayout[];
  private readonly versions: Versions[] = [];

  private constructor(
    private readonly device: OpenDevice,
    private readonly program: Program,
  ) {
    const made = new Map<string, GPUBindGroupLayout>();
    const stepBindings = bindingsOfStep(program);
    this.layouts = program.kernels.map((kernel, i) => {
      const key = `${kernel.bindings} ${stepBindings[i]}`;
      let layout = made.get(key);
      if (!layout) made.set(key, (layout = createLayout(device, kernel, stepBindings[i])));
      return layout;
    });
  }

  /** Variants use no other features than these. */
  static async create(
    device: OpenDevice,
    program: Program,
    features: ReadonlySet<string>,
    compiled: (count: number) => void,
  ): Promise<Kernels> {
    const kernels = new Kernels(device, program);
    const pipelineLayouts = new Map<GPUBindGroupLayout, GPUPipelineLayout>();
    const layoutOf = (layout: GPUBindGroupLayout) => {
      let found = pipelineLayouts.get(layout);
      if (!found) {
        found = device.gpu.createPipelineLayout({ bindGroupLayouts: [layout] });
        pipelineLayouts.set(layout, found);
      }
      return found;
    };
    let count = 0;
    const compile = async (kernel: ProgramKernel, i: number) => {
      await kernels.compile(kernel, i, layoutOf(kernels.layouts[i]), features);
      compiled(++count);
    };
    await Promise.all(program.kernels.map(compile));
    return kernels;
  }

  /** What is known of each kernel that has variants for this device. */
  get report(): KernelVariant[] {
    const known = this.versions.map(({ report }) => report);
    return known.filter(({ variant, refused }) => variant !== undefined || refused.length > 0);
  }

  /** The kernels that run as a variant. */
  get varied(): number[] {
    return this.versions.flatMap(({ report }, i) => (report.variant === undefined ? [] : [i]));
  }

  /** Takes the next best version of a kernel instead of the present variant. */
  async refuse(kernel: number, reason: string): Promise<void> {
    const { variants, report } = this.versions[kernel];
    const [{ name }] = variants.splice(0, 1);
    report.refused = [...report.refused, { variant: name, reason }];
    await this.choose(kernel);
  }

  /** Makes the bind groups that hold one of these buffers; all of them when left out. */
  bind(buffers: Buffers, changed?: readonly number[]): void {
    const { bindGroups, buffers: described, kernels, capacities } = this.program;
    bindGroups.forEach((group, i) => {
      if (changed && !group.buffers.some((index) => changed.includes(index))) return;
      this.bindGroups[i] = this.device.gpu.createBindGroup({
        label: kernels[group.kernel].name,
        layout: this.layouts[group.kernel],
        entries: group.buffers.map((index, binding) => ({
          binding,
          resource:
            described[index].role === 'step'
              ? { buffer: buffers.at(index), size: capacities.stepSlotBytes }
              : { buffer: buffers.at(index) },
        })),
      });
    });
  }

  private async compile(
    kernel: ProgramKernel,
    i: number,
    layout: GPUPipelineLayout,
    features: ReadonlySet<string>,
  ): Promise<void> {
    const variants = kernel.variants.filter((variant) =>
      variant.features.every((feature) => features.has(feature)),
    );
    const report: KernelVariant = { kernel: kernel.name, variant: undefined, refused: [] };
    const plain = this.compilePlain(kernel, layout);
    this.versions[i] = { layout, plain, variants, report };
    [this.plain[i]] = await Promise.all([plain, this.choose(i)]);
  }

  private async compilePlain(
    kernel: ProgramKernel,
    layout: GPUPipelineLayout,
  ): Promise<GPUComputePipeline> {
    try {
      return await compileText(this.device, kernel, layout);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      throw new BundleError(
        `the GPU driver refuses kernel ${kernel.name}: ${error.message}; please report it with the ` +
          'name of the GPU and browser',
        { cause: error },
      );
    }
  }

  /** The first variant that compiles; the plain kernel when there is none. */
  private async choose(kernel: number): Promise<void> {
    const { layout, plain, variants, report } = this.versions[kernel];
    report.variant = variants[0]?.name;
    if (report.variant === undefined) {
      this.pipelines[kernel] = await plain;
      return;
    }
    try {
      this.pipelines[kernel] = await compileText(this.device, variants[0], layout);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      await this.refuse(kernel, error.message);
    }
  }
}

/** For each kernel the binding that is bound to the step buffer, at an offset; -1: none. */
function bindingsOfStep(program: Program): number[] {
  const found: (number | undefined)[] = program.kernels.map(() => undefined);
  for (const { kernel, buffers } of program.bindGroups) {
    const binding = buffers.findIndex((index) => program.buffers[index].role === 'step');
    if (found[kernel] !== undefined && found[kernel] !== binding) {
      throw new BundleError(
        `model.wasm binds the step buffer of kernel ${program.kernels[kernel].name} in two places; ` +
          'compile the model again',
      );
    }
    found[kernel] = binding;
  }
  return found.map((binding) => binding ?? -1);
}

function createLayout(
  device: OpenDevice,
  kernel: ProgramKernel,
  stepBinding: number,
): GPUBindGroupLayout {
  return device.gpu.createBindGroupLayout({
    entries: kernel.bindings.map((type, binding) => ({
      binding,
      visibility: computeStage,
      buffer: { type, hasDynamicOffset: binding === stepBinding },
    })),
  });
}

/** The driver's own words. */
class CompileError extends Error {}

async function compileText(
  device: OpenDevice,
  { name, wgsl }: { name: string; wgsl: string },
  layout: GPUPipelineLayout,
): Promise<GPUComputePipeline> {
  device.gpu.pushErrorScope('validation'); // what it finds, the pipeline below fails with
  const module = device.gpu.createShaderModule({ label: name, code: wgsl });
  device.gpu.popErrorScope().catch(() => {});
  try {
    return await device.wait(
      device.gpu.createComputePipelineAsync({ label: name, layout, compute: { module } }),
    );
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    const reason = first ? `line ${first.lineNum}: ${first.message}` : (cause as Error).message;
    throw new CompileError(reason, { cause });
  }
}
