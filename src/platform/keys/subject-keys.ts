import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isId, type SubjectId, type TenantId } from '../../core/ids.ts';
import { createFile, destroyFile, hasErrorCode, makeDirectory } from '../files/durable-file.ts';
import {
  type LoadMasterKeys,
  readOrMakeWrappedKey,
  readWrappedKey,
  type WrappedKeyFile,
} from './wrapped-keys.ts';

/** A person, or a tenant for what belongs to no person. */
export type KeyOwner = SubjectId | TenantId;

/** One data key per owner. Erasing the owner is destroying the key: everything sealed with it is noise then. */
export interface SubjectKeys {
  /** Makes the key on first use. @throws AppError subject_erased */
  make(owner: KeyOwner): Promise<Uint8Array>;
  /** @throws AppError subject_erased, also when there never was a key */
  find(owner: KeyOwner): Promise<Uint8Array>;
  /** Final: leaves a tombstone, so that no later or delayed write brings the owner back. Repeatable. */
  destroy(owner: KeyOwner): Promise<void>;
}

const SHARD = 2;

export function createSubjectKeys(directory: string, load: LoadMasterKeys): SubjectKeys {
  const fileOf = (owner: KeyOwner) => subjectKeyFile(directory, owner);
  return {
    async make(owner) {
      const file = fileOf(owner);
      if (await isErased(file)) throw new AppError('subject_erased');
      const key = await unlessErased(file, readOrMakeWrappedKey(load, file));
      await enforceTombstone(file);
      return key;
    },

    async find(owner) {
      const file = fileOf(owner);
      if (await isErased(file)) throw new AppError('subject_erased');
      return unlessErased(file, readWrappedKey(load, file));
    },

    async destroy(owner) {
      const file = fileOf(owner);
      // The tombstone first: whoever writes the key after this line finds it and removes the key again.
      await createFile(tombstoneOf(file), new Uint8Array());
      await destroyFile(file.path);
    },
  };
}

/** Every stored key, for a rotation. Keys beside a tombstone are remains of a crash and are destroyed. */
export async function* listSubjectKeyFiles(directory: string): AsyncGenerator<WrappedKeyFile> {
  await makeDirectory(directory);
  for (const shard of await readdir(directory)) {
    for (const name of await readdir(join(directory, shard))) {
      const owner = name.replace(/\.key$/, '');
      if (!isId('subject', owner) && !isId('tenant', owner)) continue;
      const file = subjectKeyFile(directory, owner);
      if (await isErased(file)) await destroyFile(file.path);
      else yield file;
    }
  }
}

/** To be called after every write of a key. @throws AppError subject_erased, with the key removed */
export async function enforceTombstone(file: WrappedKeyFile): Promise<void> {
  if (!(await isErased(file))) return;
  await destroyFile(file.path);
  throw new AppError('subject_erased');
}

/** A key that is being destroyed reads as noise for a moment: that is erasure, not damage. */
async function unlessErased(
  file: WrappedKeyFile,
  reading: Promise<Uint8Array | undefined>,
): Promise<Uint8Array> {
  const key = await reading.catch(async (error: unknown) => {
    await enforceTombstone(file);
    throw error;
  });
  if (!key) throw new AppError('subject_erased');
  return key;
}

function subjectKeyFile(directory: string, owner: KeyOwner): WrappedKeyFile {
  if (!isId('subject', owner) && !isId('tenant', owner)) {
    throw new TypeError('Data keys belong to subjects and tenants');
  }
  return {
    path: join(directory, owner.slice(-SHARD), `${owner}.key`),
    context: `data-key:${owner}`,
  };
}

function tombstoneOf(file: WrappedKeyFile): string {
  return file.path.replace(/\.key$/, '.erased');
}

async function isErased(file: WrappedKeyFile): Promise<boolean> {
  return stat(tombstoneOf(file)).then(
    () => true,
    (error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}
