import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';

/** Makes names in a directory survive a power cut: a new, renamed or removed file is durable only after this. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** 0700, with all missing parents, each of them durable. */
export async function makeDirectory(directory: string): Promise<void> {
  const wanted = resolve(directory);
  const first = await makeMissing(wanted);
  if (first === undefined) return;
  for (let made = wanted; made.length >= first.length; made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

/**
 * Answers the first folder that was missing. Node's own `recursive` never ends where the system answers ENOENT below a
 * folder that exists, as it does below /proc.
 */
async function makeMissing(directory: string): Promise<string | undefined> {
  if (await isDirectory(directory)) return undefined;
  const first = await makeMissing(dirname(directory));
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isDirectory(directory))) throw error;
  }
  return first ?? directory;
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Replaces the file as a whole: after a crash either the old or the new content is there. 0600. */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  await viaTemporary(path, content, (temporary) => rename(temporary, path));
}

/** False when the file existed already; then it is left as it was. 0600. */
export async function createFile(path: string, content: Uint8Array): Promise<boolean> {
  let isNew = true;
  await viaTemporary(path, content, async (temporary) => {
    // A link, unlike a rename, never replaces: of several processes exactly one wins.
    await link(temporary, path).catch((error: unknown) => {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
      isNew = false;
    });
    await unlink(temporary);
  });
  return isNew;
}

async function viaTemporary(
  path: string,
  content: Uint8Array,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  const directory = dirname(path);
  await makeDirectory(directory);
  const temporary = temporaryName(path);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(temporary);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asStorageError(error);
  }
  await syncDirectory(directory);
}

/** Removes the file, durably; false when there was none. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/**
 * Overwrites and removes the file and what a crash left of writing it; false when there was no file. The name
 * goes first, so that nobody who comes later finds the noise; who is reading already may. Copies elsewhere end
 * with their backup's retention.
 */
export async function destroyFile(path: string): Promise<boolean> {
  const directory = dirname(path);
  const existed = await rename(path, temporaryName(path)).then(
    () => true,
    (error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith('.tmp')) continue;
    await overwriteAndRemove(join(directory, name)).catch((error: unknown) => {
      // Somebody else destroys it at the same time.
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    });
  }
  await syncDirectory(directory);
  return existed;
}

async function overwriteAndRemove(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    await handle.write(randomBytes(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await unlink(path);
}

/** Beside the file, hidden, and recognisable as its own. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** A full disk or an exhausted quota is something the caller must hear; the rest stays as it is. */
export function asStorageError(error: unknown): unknown {
  return hasErrorCode(error, 'ENOSPC', 'EDQUOT')
    ? new AppError('storage_full', undefined, { cause: error })
    : error;
}
