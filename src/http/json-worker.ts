import { parentPort } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { parseJsonBody } from './json-body.ts';
import type { ParseRequest, ParseResponse } from './json-parser.ts';

/** Thread entry: parses large JSON bodies, so that the API's event loop never waits for one. */
parentPort?.on('message', ({ id, bytes, binary }: ParseRequest) => {
  const transfer: ArrayBuffer[] = [];
  parentPort?.postMessage(answer(), transfer);

  function answer(): ParseResponse {
    try {
      const value = parseJsonBody(bytes, binary);
      for (const path of binary?.paths ?? []) collectBuffer(value, path, transfer);
      return { id, value };
    } catch (error) {
      if (!(error instanceof AppError)) return { id, failure: { code: 'internal' } };
      const { code, message, errors } = error;
      return { id, failure: { code, detail: message, ...(errors && { errors }) } };
    }
  }
});

/** Decoded images are handed over, not copied; small ones share a pool and are copied. */
function collectBuffer(value: unknown, path: readonly string[], transfer: ArrayBuffer[]): void {
  let found: unknown = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return;
    found = Reflect.get(found, name);
  }
  if (!(found instanceof Uint8Array) || !(found.buffer instanceof ArrayBuffer)) return;
  if (found.byteLength === found.buffer.byteLength) transfer.push(found.buffer);
}
