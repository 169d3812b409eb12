import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode, type FieldError } from '../core/errors.ts';
import { parseJsonBody } from './json-body.ts';
import type { BinaryFields } from './route.ts';

export interface ParseRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly binary?: BinaryFields;
}

export interface ParseResponse {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { code: ErrorCode; detail?: string; errors?: readonly FieldError[] };
}

/** Bodies up to this size are parsed in place: 1 MB takes about 2 ms. */
const INLINE_BYTES = 1024 * 1024;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export type JsonParser = ReturnType<typeof createJsonParser>;

/** Parses small bodies in place and large ones on one worker thread, started when first needed. */
export function createJsonParser() {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let nextId = 0;

  function start(): Worker {
    const started = spawn();
    started.unref();
    started.on('message', ({ id, value, failure }: ParseResponse) => {
      const caller = waiting.get(id);
      waiting.delete(id);
      if (!failure) caller?.resolve(value);
      else {
        const { code, detail, errors } = failure;
        caller?.reject(new AppError(code, detail, errors && { errors }));
      }
    });
    started.on('error', (error) => giveUp(error));
    started.on('exit', () => giveUp(new Error('The parser thread ended')));
    return started;

    function giveUp(cause: unknown): void {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) {
        reject(new AppError('request_rejected', 'The body is too complex', { cause }));
      }
      waiting.clear();
    }
  }

  return {
    /** Takes `bytes` over: large ones are moved to the thread and empty afterwards. */
    async parse(bytes: Uint8Array, binary?: BinaryFields): Promise<unknown> {
      if (bytes.length <= INLINE_BYTES) return parseJsonBody(bytes, binary);
      worker ??= start();
      const id = nextId++;
      const request: ParseRequest = { id, bytes, ...(binary && { binary }) };
      const whole =
        bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker?.postMessage(request, whole ? [bytes.buffer as ArrayBuffer] : []);
      });
    },

    async close(): Promise<void> {
      await worker?.terminate();
    },
  };
}

/** Built, the thread starts from its file; from source (tests, development) it needs the TypeScript loader first. */
function spawn(): Worker {
  const options = { resourceLimits: { maxOldGenerationSizeMb: 512 } };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./json-worker.js', import.meta.url), options);
  }
  const entry = JSON.stringify(new URL('./json-worker.ts', import.meta.url).href);
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(load, { ...options, eval: true });
}
