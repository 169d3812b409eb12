import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { createFile, destroyFile, hasErrorCode, makeDirectory } from '../files/durable-file.ts';
import { type SealingKey, type SealingKeys, toSealingKey } from './secret-box.ts';

/** Newest first. More than one only while a rotation is under way. */
export interface MasterKeys extends SealingKeys {
  readonly all: readonly SealingKey[];
  /** Where the newest one comes from. */
  readonly source: 'environment' | 'files';
}

export interface MasterKeyOptions {
  /** Folder of the key files, `DATA_DIR/keys`. */
  readonly directory: string;
  /** 32 bytes in base64 or hex. Without it a key is made in `directory` on the first start. */
  readonly masterKey?: string;
  /** The master key before this one, while `bonafide master-key rotate` has not run yet. */
  readonly previousMasterKey?: string;
}

/** @throws AppError master_key_invalid, without the value */
export function parseMasterKey(text: string): SealingKey {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : Buffer.from(trimmed, 'base64url');
  const isCanonical = /^[A-Za-z0-9+/_-]{43}=?$|^[0-9a-f]{64}$/i.test(trimmed);
  if (!isCanonical || bytes.length !== 32) throw new AppError('master_key_invalid');
  // Placeholders of example files: a key of one repeated byte is no secret.
  if (new Set(bytes).size < 8) {
    throw new AppError('master_key_invalid', 'The master key is not random');
  }
  return toSealingKey(bytes);
}

/** Reads the keys anew: a rotation by another process is seen on the next call. Makes the first one. */
export async function loadMasterKeys(options: MasterKeyOptions): Promise<MasterKeys> {
  const fromEnvironment = [options.masterKey, options.previousMasterKey]
    .filter((text) => text !== undefined)
    .map(parseMasterKey);
  const fromFiles = await readMasterKeyFiles(options.directory);
  if (options.masterKey === undefined && fromFiles.length === 0) {
    // Making another key beside data of a lost one would only hide the loss.
    if (await hasSystemKey(options.directory)) throw new AppError('master_key_mismatch');
    await createNextMasterKey(options.directory, fromFiles);
    return loadMasterKeys(options);
  }
  const isFromFiles = options.masterKey === undefined;
  const files = fromFiles.map(({ key }) => key);
  // With MASTER_KEY set, key files are what an earlier start made: readable until a rotation retires them.
  const all = isFromFiles ? [...files, ...fromEnvironment] : [...fromEnvironment, ...files];
  const [current] = all;
  if (!current) throw new AppError('master_key_invalid');
  return {
    current,
    all,
    source: isFromFiles ? 'files' : 'environment',
    find: (id) => all.find((key) => key.id === id),
  };
}

/** The first key wrapped under the master key: where it exists, a master key existed. */
export function systemKeyPath(directory: string): string {
  return join(directory, 'system.key');
}

async function hasSystemKey(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  return names.includes(basename(systemKeyPath(directory)));
}

export interface MasterKeyFile {
  readonly sequence: number;
  readonly path: string;
  readonly key: SealingKey;
}

/** Newest first. */
export async function readMasterKeyFiles(directory: string): Promise<MasterKeyFile[]> {
  await makeDirectory(directory);
  const files: MasterKeyFile[] = [];
  for (const name of await readdir(directory)) {
    const sequence = /^master-(\d{4,})\.key$/.exec(name)?.[1];
    if (sequence === undefined) continue;
    const path = join(directory, name);
    const key = await readMasterKeyFile(path);
    if (key) files.push({ sequence: Number(sequence), path, key });
  }
  return files.sort((a, b) => b.sequence - a.sequence);
}

/** Undefined when it was retired between listing and reading. */
async function readMasterKeyFile(path: string): Promise<SealingKey | undefined> {
  for (let attempt = 0; ; attempt++) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    try {
      return parseMasterKey(text);
    } catch (error) {
      // Noise is what a file holds while it is being retired; on the second look it is gone.
      if (attempt > 0) throw error;
    }
  }
}

/** Numbered and exclusive: of several processes that try at once, one makes the key and the others find it. */
export async function createNextMasterKey(
  directory: string,
  existing: readonly MasterKeyFile[],
): Promise<void> {
  const sequence = (existing[0]?.sequence ?? 0) + 1;
  const path = join(directory, `master-${String(sequence).padStart(4, '0')}.key`);
  await createFile(path, Buffer.from(`${randomBytes(32).toString('base64')}\n`));
}

/** Removes the files of all keys but `kept`. Only once nothing is sealed under them any more. */
export async function retireMasterKeys(directory: string, kept: SealingKey): Promise<void> {
  for (const { path, key } of await readMasterKeyFiles(directory)) {
    if (key.id !== kept.id) await destroyFile(path);
  }
}
