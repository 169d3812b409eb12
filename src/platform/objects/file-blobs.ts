import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteRange } from '../../core/objects.ts';
import {
  asStorageError,
  hasErrorCode,
  makeDirectory,
  removeFile,
  syncDirectory,
} from '../files/durable-file.ts';
import type { BlobPart, BlobStore } from './blobs.ts';

const READ_BYTES = 256 * 1024;

/** Files of 0600 in folders of 0700; a name appears only once its whole content is on the disk. */
export function createFileBlobs(root: string): BlobStore {
  const blobs = join(root, 'blobs');
  const temporaries = join(root, 'tmp');
  return {
    async write(key, body) {
      const target = join(blobs, key);
      const temporary = join(temporaries, `${randomBytes(12).toString('hex')}.tmp`);
      try {
        await makeDirectory(temporaries);
        await writeDurably(temporary, body);
        await makeDirectory(dirname(target));
        await rename(temporary, target);
        await syncDirectory(dirname(target));
      } catch (error) {
        await rm(temporary, { force: true });
        throw asStorageError(error);
      }
    },

    async read(key, range) {
      return readRange(join(blobs, key), range);
    },

    remove: (key) => removeFile(join(blobs, key)),

    list: () => listFiles(blobs),

    async collectLeftovers(before) {
      let removed = 0;
      for await (const { key, storedAt } of listFiles(temporaries)) {
        if (storedAt >= before) continue;
        await rm(join(temporaries, key), { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}

async function writeDurably(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of body) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readRange(path: string, range: ByteRange): Promise<BlobPart | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    return {
      size,
      body: readAndClose(path, { start: range.start, end: Math.min(range.end, size) }),
    };
  } finally {
    await handle.close();
  }
}

/** Opens the file only when iterated, so that a body nobody reads holds no descriptor. */
async function* readAndClose(path: string, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    for (let position = start; position < end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function* listFiles(
  root: string,
  prefix = '',
): AsyncGenerator<{ key: string; storedAt: Date }> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true }).catch(
    (error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return [];
      throw error;
    },
  );
  for (const entry of entries) {
    const key = prefix ? `${prefix}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      yield* listFiles(root, key);
      continue;
    }
    // It may be gone by now: a list is a snapshot of nothing in particular.
    const found = await stat(join(root, key)).catch(() => undefined);
    if (found) yield { key, storedAt: found.mtime };
  }
}
