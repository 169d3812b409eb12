import { AppError } from '../../core/errors.ts';
import { subjectKeyDirectory, systemKeyFile } from './keys.ts';
import {
  createNextMasterKey,
  loadMasterKeys,
  type MasterKeyOptions,
  type MasterKeys,
  readMasterKeyFiles,
  retireMasterKeys,
} from './master-key.ts';
import type { SealingKeys } from './secret-box.ts';
import { enforceTombstone, listSubjectKeyFiles } from './subject-keys.ts';
import { readWrappedKeyId, rewrapKey, type WrappedKeyFile } from './wrapped-keys.ts';

export interface MasterKeyStatus {
  readonly source: MasterKeys['source'];
  /** Id of the newest master key; ids tell nothing about the keys. */
  readonly current: string;
  /** Data keys by the id of the master key that wraps them. */
  readonly wrappedKeys: Readonly<Record<string, number>>;
  /** A rotation was begun and not finished: run it again. */
  readonly isRotating: boolean;
}

export async function masterKeyStatus(options: MasterKeyOptions): Promise<MasterKeyStatus> {
  const masters = await loadMasterKeys(options);
  const wrappedKeys: Record<string, number> = {};
  for await (const file of allWrappedKeys(options.directory)) {
    const id = await readWrappedKeyId(file);
    if (id !== undefined) wrappedKeys[id] = (wrappedKeys[id] ?? 0) + 1;
  }
  const { id } = masters.current;
  const isRotating = masters.all.length > 1 || Object.keys(wrappedKeys).some((key) => key !== id);
  return { source: masters.source, current: id, wrappedKeys, isRotating };
}

/**
 * Makes a new master key (or takes the new `MASTER_KEY`), wraps every data key under it and forgets the old one.
 * Can be cut at any point and run again; the platform may run meanwhile. Answers how many keys it rewrapped.
 */
export async function rotateMasterKey(options: MasterKeyOptions): Promise<{ rewrapped: number }> {
  const before = await loadMasterKeys(options);
  if (before.source === 'files') {
    // Two key files are a rotation that was cut: finish that one instead of beginning another.
    const files = await readMasterKeyFiles(options.directory);
    if (files.length === 1) await createNextMasterKey(options.directory, files);
  }
  const during = await loadMasterKeys(options);
  let rewrapped = await rewrapAll(options, during);
  await retireMasterKeys(options.directory, during.current);
  // A copy that was suspended while it made a key may have used the retired master key after all.
  rewrapped += await rewrapAll(options, during);
  return { rewrapped };
}

async function rewrapAll(options: MasterKeyOptions, known: SealingKeys): Promise<number> {
  let count = 0;
  for await (const file of allWrappedKeys(options.directory)) {
    if (!(await rewrapKey(() => loadMasterKeys(options), file, known))) continue;
    count += 1;
    await enforceTombstone(file).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'subject_erased')) throw error;
    });
  }
  return count;
}

async function* allWrappedKeys(directory: string): AsyncGenerator<WrappedKeyFile> {
  yield systemKeyFile(directory);
  yield* listSubjectKeyFiles(subjectKeyDirectory(directory));
}
