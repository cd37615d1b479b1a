// SPDX-License-Identifier: Apache-2.0
// Errors that an application may want to tell apart. Each message says what happened, where, and how
// to mend it. They cross the border of a worker as plain objects (see toWire).
//
//   try { engine = await createEngine(url); }
//   catch (error) { if (error instanceof WebGPUUnavailableError) showHelp(error.message); }

export class EngineError extends Error {
  override name = 'EngineError';
}

/** This browser, page or machine offers no WebGPU. */
export class WebGPUUnavailableError extends EngineError {
  override name = 'WebGPUUnavailableError';
}

/** There is WebGPU, but the bundle asks for more than the adapter has. */
export class UnsupportedDeviceError extends EngineError {
  override name = 'UnsupportedDeviceError';
}

/** A file could not be fetched or read. */
export class ReadError extends EngineError {
  override name = 'ReadError';
}

/** The bundle is not one, is malformed, or of a version that this runtime does not know. */
export class BundleError extends EngineError {
  override name = 'BundleError';
}

/** A file differs from what the bundle's manifest says: cut short, damaged or exchanged. */
export class IntegrityError extends EngineError {
  override name = 'IntegrityError';
}

/** The device or the tab has not enough memory for this model at this context. */
export class OutOfMemoryError extends EngineError {
  override name = 'OutOfMemoryError';
}

/** The browser keeps no more files of this origin: the quota is spent, or storage is forbidden. */
export class StorageError extends EngineError {
  override name = 'StorageError';
}

/** The GPU device went away: a driver reset, or the browser took it. Create the engine again. */
export class DeviceLostError extends EngineError {
  override name = 'DeviceLostError';
}

/** More tokens than the model's context holds. */
export class ContextOverflowError extends EngineError {
  override name = 'ContextOverflowError';
}

/** More requests wait than the engine is willing to remember. */
export class BusyError extends EngineError {
  override name = 'BusyError';
}

/** Stopped by the caller's AbortSignal. */
export class AbortedError extends EngineError {
  override name = 'AbortedError';
}

/** The engine was used after close(). */
export class ClosedError extends EngineError {
  override name = 'ClosedError';
}

/** An argument that no call can meet: a chunk of 0 rows, an id outside the vocabulary. */
export class ArgumentError extends EngineError {
  override name = 'ArgumentError';
}

/** A field of a request that is malformed, unknown, or not supported. */
export class RequestError extends ArgumentError {
  override name = 'RequestError';
  constructor(
    message: string,
    /** The field: messages[2].content. */
    readonly param = '',
  ) {
    super(message);
  }
}

/** This model cannot do what was asked for: embeddings of a model that writes text. */
export class UnsupportedModelError extends EngineError {
  override name = 'UnsupportedModelError';
}

/** The application's list of models has no such one. */
export class ModelNotFoundError extends ArgumentError {
  override name = 'ModelNotFoundError';
}

/** No model is loaded, or not this one. */
export class ModelNotLoadedError extends EngineError {
  override name = 'ModelNotLoadedError';
}

/** Several models are loaded, and the request names none. */
export class UnclearModelError extends ArgumentError {
  override name = 'UnclearModelError';
}

/** The worker was ended, by the browser as a rule, and what it was doing is lost. Ask again. */
export class WorkerLostError extends EngineError {
  override name = 'WorkerLostError';
}

/** A grammar or schema that is malformed, or that cannot be enforced exactly. */
export class GrammarError extends ArgumentError {
  override name = 'GrammarError';
  constructor(
    message: string,
    /** JSON pointer, or line:column. */
    readonly where = '',
  ) {
    super(where === '' ? message : `${where}: ${message}`);
  }
}

const classes = [
  EngineError,
  WebGPUUnavailableError,
  UnsupportedDeviceError,
  ReadError,
  BundleError,
  IntegrityError,
  OutOfMemoryError,
  StorageError,
  DeviceLostError,
  ContextOverflowError,
  BusyError,
  AbortedError,
  ClosedError,
  ArgumentError,
  RequestError,
  UnsupportedModelError,
  ModelNotFoundError,
  ModelNotLoadedError,
  UnclearModelError,
  WorkerLostError,
  GrammarError,
];
const classByName = new Map(classes.map((type) => [new type('').name, type]));

export interface WireError {
  name: string;
  message: string;
}

/** An error as a message between threads may carry it. */
export function toWire(error: unknown): WireError {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'EngineError', message: String(error) };
}

export function fromWire({ name, message }: WireError): Error {
  const type = classByName.get(name);
  if (type) return new type(message);
  const error = new Error(message);
  error.name = name;
  return error;
}

export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw new AbortedError(`${doing} was stopped`, { cause: signal.reason });
}
