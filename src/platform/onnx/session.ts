import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { AppError } from '../../core/errors.ts';
import type { InferenceSession, InstalledModel, Tensor } from '../../core/model.ts';

export interface SessionOptions {
  /** Use CUDA where its libraries and a GPU are present, otherwise the CPU. */
  readonly cuda?: boolean;
  /** Of one run, the caller's own among them; default 1. */
  readonly threads?: number;
}

/**
 * Loads a model after comparing file and graph with what was installed.
 * @throws AppError model_damaged (file missing, other digest, not an ONNX graph) | model_shape_mismatch
 */
export async function loadSession(
  installed: InstalledModel,
  options: SessionOptions = {},
): Promise<InferenceSession> {
  const { model, role, input, output } = installed;
  const session = await openGraph(model.name, await readVerified(installed), options);
  checkInput(installed, session);
  return {
    role,
    model,
    input,
    output,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (inputs) => run(session, inputs),
  };
}

async function readVerified({ model, path }: InstalledModel): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new AppError('model_damaged', `${model.name}: the file cannot be read`, { cause });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === model.sha256) return bytes;
  const detail = `${model.name}: the file has sha256 ${sha256}, expected ${model.sha256}`;
  throw new AppError('model_damaged', detail);
}

async function openGraph(
  name: string,
  bytes: Uint8Array,
  { cuda = false, threads = 1 }: SessionOptions,
): Promise<ort.InferenceSession> {
  if (cuda) {
    const onGpu = await create(bytes, threads, ['cuda', 'cpu']).catch(() => undefined);
    if (onGpu) return onGpu;
  }
  return create(bytes, threads, ['cpu']).catch((cause: unknown) => {
    throw new AppError('model_damaged', `${name}: ONNX Runtime cannot load the file`, { cause });
  });
}

/** No spinning: threads that wait for the next layer would take the cores of other processes. */
function create(
  bytes: Uint8Array,
  threads: number,
  executionProviders: readonly string[],
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    executionProviders,
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: {
      session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } },
    },
  });
}

/** Every fixed dimension must agree; a free one (a name, or -1) may meet anything. */
function checkInput({ model, input }: InstalledModel, session: ort.InferenceSession): void {
  const [first, ...others] = session.inputMetadata;
  const declared = `[${input.shape.join(', ')}]`;
  if (!first?.isTensor || first.type !== 'float32' || others.length > 0) {
    const detail = `${model.name}: expected one float32 input ${declared}, found ${session.inputMetadata.length} inputs of type ${first?.isTensor ? first.type : 'none'}`;
    throw new AppError('model_shape_mismatch', detail);
  }
  const { shape } = first;
  const agrees =
    shape.length === input.shape.length &&
    input.shape.every((size, i) => isSameSize(size, shape[i]));
  if (agrees) return;
  const detail = `${model.name}: declared input ${declared}, the graph takes [${shape.join(', ')}]`;
  throw new AppError('model_shape_mismatch', detail);
}

function isSameSize(declared: number | string, actual: number | string | undefined): boolean {
  const isFree = typeof actual !== 'number' || actual <= 0;
  return typeof declared === 'string' || isFree || declared === actual;
}

async function run(
  session: ort.InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      new ort.Tensor('float32', data, shape),
    ]),
  );
  const results = await session.run(feeds);
  const outputs: Record<string, Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(results)) {
    if (data instanceof Float32Array) outputs[name] = { data, shape: dims };
  }
  return outputs;
}
