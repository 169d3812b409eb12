import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { createFile, hasErrorCode, replaceFile } from '../files/durable-file.ts';
import type { MasterKeys } from './master-key.ts';
import { createSecretBox, type SealingKeys, sealedUnder } from './secret-box.ts';

/** A data key on disk, wrapped under the master key. `context` binds it to its owner. */
export interface WrappedKeyFile {
  readonly path: string;
  readonly context: string;
}

/** Reads the master keys anew, because another process may have rotated them meanwhile. */
export type LoadMasterKeys = () => Promise<MasterKeys>;

/** The data key, or undefined when there is none. @throws AppError master_key_mismatch */
export async function readWrappedKey(
  load: LoadMasterKeys,
  file: WrappedKeyFile,
): Promise<Uint8Array | undefined> {
  // Twice at most in practice: a rotation may retire the key between reading the one and the other.
  for (let attempt = 0; attempt < 3; attempt++) {
    const masters = await load();
    const wrapped = await readIfExists(file.path);
    if (!wrapped) return undefined;
    if (masters.find(sealedUnder(wrapped) ?? '')) {
      return createSecretBox(masters).open(wrapped, file.context);
    }
  }
  throw new AppError('master_key_mismatch');
}

/** Makes a data key unless there is one; whoever comes second gets the first one's. */
export async function readOrMakeWrappedKey(
  load: LoadMasterKeys,
  file: WrappedKeyFile,
): Promise<Uint8Array | undefined> {
  const existing = await readWrappedKey(load, file);
  if (existing) return existing;
  const masters = await load();
  const made = createSecretBox(masters).seal(randomBytes(32), file.context);
  await createFile(file.path, made);
  await rewrapKey(load, file, masters);
  return readWrappedKey(load, file);
}

/**
 * Wraps the data key under the newest master key; false when it was so already. Looks again after writing:
 * a rotation that began meanwhile would otherwise retire the master key that was just used.
 * `earlier` are master keys that the caller still holds although they may be retired by now.
 */
export async function rewrapKey(
  load: LoadMasterKeys,
  file: WrappedKeyFile,
  earlier: SealingKeys,
): Promise<boolean> {
  for (let rounds = 0; ; rounds++) {
    const masters = await load();
    const wrapped = await readIfExists(file.path);
    const id = wrapped && sealedUnder(wrapped);
    if (!wrapped || id === masters.current.id) return rounds > 0;
    const find = (wanted: string) => masters.find(wanted) ?? earlier.find(wanted);
    if (!find(id ?? '')) throw new AppError('master_key_mismatch');
    const box = createSecretBox({ current: masters.current, find });
    await replaceFile(file.path, box.seal(box.open(wrapped, file.context), file.context));
  }
}

/** Id of the master key that wraps it. */
export async function readWrappedKeyId({ path }: WrappedKeyFile): Promise<string | undefined> {
  const wrapped = await readIfExists(path);
  return wrapped && sealedUnder(wrapped);
}

async function readIfExists(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}
