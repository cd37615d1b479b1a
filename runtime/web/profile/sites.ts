// SPDX-License-Identifier: Apache-2.0
// Sites: what the bundle says of each step of its functions. By it a dispatch gets the name of the
// part of the model that it computes, and the bytes and arithmetic that are the least for it
// (codegen/bundle/step_costs.h).
import type { Executor, StepSizes } from '../gpu/executor.ts';
import type { ProgramFunction } from '../gpu/program.ts';
import type { Manifest } from '../load/manifest.ts';
import type { Site, TimedDispatch } from './profile.ts';

interface StepCost {
  at: string;
  /** Once, per row, per position that a sequence is looked back on. */
  bytes: [number, number, number];
  /** Per row, per position that a row looks back on. */
  flops: [number, number];
}

export class Sites {
  readonly all: Site[] = [];
  private readonly costs: StepCost[] = []; // of each
  private readonly indices = new Map<string, number>();
  private readonly costsByFunction = new Map<ProgramFunction, StepCost[]>();

  constructor(
    private readonly executor: Executor,
    private readonly manifest: Manifest,
  ) {}

  /** Of a record of the plan (plan.ts), one of function `name`. */
  cost(
    name: string,
    record: Uint32Array,
    sizes: StepSizes,
  ): Pick<TimedDispatch, 'site' | 'rows' | 'bytes' | 'flops'> {
    const site = this.index(name, record);
    const { bytes, flops } = this.costs[site];
    const rows = name === 'forward' ? sizes.rows : sizes.outputs;
    return {
      site,
      rows,
      bytes: bytes[0] + bytes[1] * rows + bytes[2] * sizes.positions,
      flops: flops[0] * rows + flops[1] * sizes.pairs,
    };
  }

  private index(name: string, record: Uint32Array): number {
    const { 1: kernel, 2: group, 7: step } = record;
    const key = `${name} ${step} ${group} ${this.kernelName(kernel)}`;
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    const cost = this.costsOf(name)[step] ?? { at: '', bytes: [0, 0, 0], flops: [0, 0] };
    this.indices.set(key, this.all.length);
    this.costs.push(cost);
    return (
      this.all.push({
        function: name,
        kernel: this.kernelName(kernel),
        at: cost.at,
        weights: this.weightsOf(group),
      }) - 1
    );
  }

  private kernelName(kernel: number): string {
    const { kernels, plan } = this.executor;
    const { name } = plan.program.kernels[kernel];
    return kernels.report.find((one) => one.kernel === name)?.variant ?? name;
  }

  /** Modules: the names of the tensors less `.weight`. */
  private weightsOf(group: number): string[] {
    const { buffers, bindGroups } = this.executor.plan.program;
    const tensors = bindGroups[group].buffers.map((index) => buffers[index].tensor);
    const names = tensors.filter((tensor) => tensor >= 0).map((i) => this.manifest.tensors[i].name);
    return [...new Set(names.map((name) => name.replace(/\.weight$/, '')))];
  }

  private costsOf(name: string): StepCost[] {
    const fn = this.executor.plan.function(name);
    let costs = this.costsByFunction.get(fn);
    if (!costs) this.costsByFunction.set(fn, (costs = readCosts(fn)));
    return costs;
  }
}

/** Bundles of earlier compilers have none. */
function readCosts({ steps, maxRecords }: ProgramFunction): StepCost[] {
  if (steps.isNull()) return [];
  return steps.map((step) => {
    const numbers = (name: string, count: number) => {
      const list = step.field(name);
      const read = list.map((number) => number.integer(0), count);
      if (read.length !== count) list.fail(`has ${read.length} numbers, wanted ${count}`);
      return read;
    };
    return {
      at: step.field('at').string(),
      bytes: numbers('bytes', 3) as StepCost['bytes'],
      flops: numbers('flops', 2) as StepCost['flops'],
    };
  }, maxRecords);
}
