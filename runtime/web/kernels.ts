// SPDX-License-Identifier: Apache-2.0
// Kernels: a program's pipelines, compiled in parallel, and its bind groups, all made at load. When
// buffers grow, the bind groups that hold one of them are made again, and only those.
import type { Buffers } from './buffers.ts';
import type { OpenDevice } from './device.ts';
import { BundleError, EngineError } from './errors.ts';
import type { Program, ProgramKernel } from './program.ts';

const computeStage = 0x4; // GPUShaderStage.COMPUTE, which Node has not as a global

export class Kernels {
  readonly pipelines: GPUComputePipeline[] = [];
  readonly bindGroups: GPUBindGroup[] = [];
  private readonly layouts: GPUBindGroupLayout[];

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

  static async create(
    device: OpenDevice,
    program: Program,
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
      kernels.pipelines[i] = await compileKernel(device, kernel, layoutOf(kernels.layouts[i]));
      compiled(++count);
    };
    await Promise.all(program.kernels.map(compile));
    return kernels;
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

async function compileKernel(
  device: OpenDevice,
  kernel: ProgramKernel,
  layout: GPUPipelineLayout,
): Promise<GPUComputePipeline> {
  device.gpu.pushErrorScope('validation'); // what it finds, the pipeline below fails with
  const module = device.gpu.createShaderModule({ label: kernel.name, code: kernel.wgsl });
  device.gpu.popErrorScope().catch(() => {});
  try {
    return await device.wait(
      device.gpu.createComputePipelineAsync({ label: kernel.name, layout, compute: { module } }),
    );
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    const reason = first ? `line ${first.lineNum}: ${first.message}` : (cause as Error).message;
    throw new BundleError(
      `the GPU driver refuses kernel ${kernel.name}: ${reason}; please report it with the name of ` +
        'the GPU and browser',
      { cause },
    );
  }
}
