// SPDX-License-Identifier: Apache-2.0
// Asks for a GPU device that has what the bundle needs, and no more; every refusal says who can mend
// it. OpenDevice also remembers that the device was lost or reported an error, so that whoever waits
// for the GPU gets that as the reason.
import {
  DeviceLostError,
  EngineError,
  OutOfMemoryError,
  UnsupportedDeviceError,
  WebGPUUnavailableError,
} from '../errors.ts';

/** What a profile needs, and nothing else. */
export const timestampFeature = 'timestamp-query';

export interface Requirements {
  features: readonly string[];
  optionalFeatures: readonly string[];
  limits: ReadonlyMap<string, number>;
}

export interface DeviceChoice {
  gpu?: GPU | undefined;
  device?: GPUDevice | undefined;
}

export async function openDevice(choice: DeviceChoice, needs: Requirements): Promise<OpenDevice> {
  if (choice.device) {
    checkSupport('the given device', choice.device, needs);
    return new OpenDevice(choice.device, false);
  }
  const adapter = await requestAdapter(choice.gpu ?? globalThis.navigator?.gpu);
  checkSupport('the GPU adapter', adapter, needs);
  const optional = needs.optionalFeatures.filter((feature) => adapter.features.has(feature));
  const device = await adapter
    .requestDevice({
      requiredFeatures: [...needs.features, ...optional] as GPUFeatureName[],
      requiredLimits: Object.fromEntries(needs.limits),
    })
    .catch((cause) => {
      throw new WebGPUUnavailableError(`the GPU adapter gave no device: ${cause.message}`, {
        cause,
      });
    });
  return new OpenDevice(device, true);
}

async function requestAdapter(gpu: GPU | undefined): Promise<GPUAdapter> {
  if (!gpu) {
    throw new WebGPUUnavailableError(
      globalThis.isSecureContext === false
        ? 'WebGPU works on https: pages and on localhost only; this page is neither'
        : 'this browser has no WebGPU; use a current Chrome, Edge, Safari or Firefox, or in Node ' +
            'give `gpu: create([])` of the npm package webgpu',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new WebGPUUnavailableError(
      'WebGPU is there, but no GPU adapter: hardware acceleration is off, the driver is on the ' +
        'browser’s block list, or there is no Vulkan driver; see chrome://gpu',
    );
  }
  return adapter;
}

function checkSupport(
  who: string,
  has: { features: GPUSupportedFeatures; limits: GPUSupportedLimits },
  needs: Requirements,
): void {
  const missing = needs.features.filter((feature) => !has.features.has(feature));
  for (const [name, needed] of needs.limits) {
    const offered = has.limits[name as keyof GPUSupportedLimits] as number | undefined;
    if (offered === undefined || offered < needed) {
      missing.push(`${name} of ${needed} (it has ${offered ?? 'none'})`);
    }
  }
  if (missing.length === 0) return;
  const advice =
    missing[0] === timestampFeature
      ? 'leave out the option `profile`'
      : 'compile the model with a smaller quantization or context';
  throw new UnsupportedDeviceError(
    `${who} lacks ${missing.join(', ')}; ${advice}, or use another GPU`,
  );
}

export class OpenDevice {
  private failure: EngineError | undefined;
  private closing = false;

  constructor(
    readonly gpu: GPUDevice,
    private readonly owned: boolean,
  ) {
    gpu.lost.then(({ reason, message }) => {
      keepWhileBusy(gpu);
      if (this.closing && reason === 'destroyed') return;
      this.failure = new DeviceLostError(
        `the GPU device was lost (${message || reason || 'no reason given'}); create the engine again`,
      );
    });
    gpu.addEventListener('uncapturederror', this.remember);
  }

  private readonly remember = ({ error }: GPUUncapturedErrorEvent) => {
    this.failure ??= isOutOfMemory(error)
      ? new OutOfMemoryError(`the GPU ran out of memory: ${error.message}; use a smaller context`)
      : new EngineError(`the GPU refused a command: ${error.message}`);
  };

  /** Throws what has gone wrong since the device was opened. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Waits for the GPU; a loss of the device is the reason given, not what it made fail. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    try {
      const value = await promise;
      this.check();
      return value;
    } catch (error) {
      await Promise.race([this.gpu.lost, pause(50)]); // the loss may be announced a little later
      this.check();
      throw error;
    }
  }

  /** Creates buffers by `make`; when memory does not suffice, destroys them and says `what` failed. */
  async allocate(what: string, make: () => GPUBuffer[]): Promise<GPUBuffer[]> {
    this.gpu.pushErrorScope('validation');
    this.gpu.pushErrorScope('out-of-memory');
    let buffers: GPUBuffer[] = [];
    let thrown: unknown;
    try {
      buffers = make();
    } catch (error) {
      thrown = error; // a mapped or absurdly large buffer may fail at once
    }
    const memory = this.gpu.popErrorScope();
    const validation = this.gpu.popErrorScope();
    const error = (await this.wait(memory)) ?? (await this.wait(validation)) ?? thrown;
    if (!error) return buffers;
    for (const buffer of buffers) buffer.destroy();
    throw new OutOfMemoryError(
      `the GPU has no memory for ${what}: ${(error as Error).message}; use a smaller context or ` +
        'quantization, or close other pages',
    );
  }

  close(): void {
    this.closing = true;
    this.gpu.removeEventListener('uncapturederror', this.remember);
    if (!this.owned) return;
    keepWhileBusy(this.gpu);
    this.gpu.destroy();
  }
}

/**
 * Keeps an ended device from being collected as garbage before its queue has reported that all work
 * is done. Chromium hangs the page for good when that report drops the last reference to the queue:
 * it sends the release at once, and so waits for a lock that it holds while it handles the report
 * (seen in 156: CommandBufferProxyImpl::OnReturnData, then GetLastState).
 */
function keepWhileBusy(device: GPUDevice): void {
  const keep = () => device;
  device.queue.onSubmittedWorkDone().then(keep, keep);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function isOutOfMemory(error: GPUError): boolean {
  return globalThis.GPUOutOfMemoryError !== undefined && error instanceof GPUOutOfMemoryError;
}
