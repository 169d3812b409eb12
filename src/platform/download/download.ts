import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';

const MAX_REDIRECTS = 3;
/** A server that sends nothing for so long is given up. */
const SILENCE_MS = 30_000;

export interface DownloadOptions {
  /** Longer answers are cut off and refused. */
  readonly maxBytes: number;
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Streams an answer into a new file. Only https, or http from this machine; redirects only to the same host,
 * so that what was shown to the operator is where the file comes from.
 * @throws AppError download_failed with address (without its query) and reason
 */
export async function downloadFile(
  address: URL,
  path: string,
  { maxBytes, onProgress }: DownloadOptions,
): Promise<Downloaded> {
  return withWatchdog(address, async (signal, isAlive) => {
    const { body, total } = await open(address, signal, maxBytes);
    const hash = createHash('sha256');
    let bytes = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        isAlive();
        hash.update(chunk);
        bytes += chunk.length;
        onProgress?.(bytes, total);
        done(
          bytes > maxBytes ? refused(address, `it is longer than ${maxBytes} bytes`) : null,
          chunk,
        );
      },
    });
    await pipeline(body, meter, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    if (total !== undefined && bytes < total) {
      throw refused(address, `it ended after ${bytes} of ${total} bytes`);
    }
    return { bytes, sha256: hash.digest('hex') };
  });
}

/** A small text, such as a manifest. The same rules as for files. */
export async function downloadText(address: URL, maxBytes: number): Promise<string> {
  return withWatchdog(address, async (signal, isAlive) => {
    const { body } = await open(address, signal, maxBytes);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      isAlive();
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) throw refused(address, `it is longer than ${maxBytes} bytes`);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}

/** @throws AppError download_failed when we do not fetch from such an address at all */
export function checkAddress(address: URL): void {
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  if (address.protocol !== 'https:' && !(address.protocol === 'http:' && isLoopback)) {
    throw refused(address, 'only https is fetched, and http from this machine');
  }
  if (address.username || address.password) {
    throw refused(address, 'addresses with a password in them are not fetched');
  }
}

async function open(
  address: URL,
  signal: AbortSignal,
  maxBytes: number,
): Promise<{ body: Readable; total: number | undefined }> {
  let current = address;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkAddress(current);
    const response = await fetch(current, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      current = followed(current, location);
      continue;
    }
    if (!response.ok || !response.body)
      throw refused(address, `the server answered ${response.status}`);
    const total = lengthOf(response.headers);
    if (total !== undefined && total > maxBytes) {
      await response.body.cancel();
      throw refused(address, `it has ${total} bytes, at most ${maxBytes} are taken`);
    }
    return { body: Readable.fromWeb(response.body), total };
  }
  throw refused(address, 'it redirects in circles');
}

/** The announced length counts compressed bytes when the answer is compressed: then it says nothing. */
function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.get('content-encoding') !== null ? undefined : Number(length);
}

function followed(from: URL, location: string): URL {
  const to = new URL(location, from);
  if (to.host === from.host) return to;
  throw refused(from, `it redirects to another host (${to.host}); name that address yourself`);
}

async function withWatchdog<T>(
  address: URL,
  work: (signal: AbortSignal, isAlive: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), SILENCE_MS);
  try {
    return await work(controller.signal, () => timer.refresh());
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (controller.signal.aborted) {
      throw refused(address, `the server was silent for ${SILENCE_MS / 1000} s`, error);
    }
    throw refused(address, reasonOf(error), error);
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides the reason ("ECONNREFUSED", "terminated") one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : 'unknown reason';
}

/** Query strings may carry signatures, so they are not repeated. */
function refused(address: URL, why: string, cause?: unknown): AppError {
  const shown = `${address.protocol}//${address.host}${address.pathname}`;
  return new AppError('download_failed', `${shown}: ${why}`, { cause });
}
