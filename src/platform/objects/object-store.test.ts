import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractParts,
  newOwner,
  objectStoreContract,
  readAll,
} from '../../../test/support/object-store-contract.ts';
import type { ListedObject } from '../../core/objects.ts';
import { openKeys } from '../keys/keys.ts';
import { collectOrphans } from './collect-orphans.ts';
import { createFileBlobs } from './file-blobs.ts';
import { createObjectStore } from './object-store.ts';

let root: string;
let parts: ContractParts;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'objects-'));
  const { subjects: keys } = await openKeys({ directory: join(root, 'keys') });
  const blobs = createFileBlobs(join(root, 'objects'));
  parts = { blobs, keys, store: createObjectStore(blobs, keys) };
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('objects in files', () => {
  objectStoreContract(() => parts);

  it('are for the owner of the process alone and split over folders', async () => {
    const owner = newOwner();
    const { id } = await parts.store.put(randomBytes(10), owner);
    const folder = join(root, 'objects/blobs', owner.tenant, id.slice(-2));
    expect(await readdir(folder)).toEqual([id]);
    expect((await stat(join(folder, id))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('are never plain on disk, not even half-way', async () => {
    const secret = 'a-name-that-must-not-be-found';
    const found: boolean[] = [];
    async function* body() {
      for (let i = 0; i < 3; i++) {
        yield Buffer.from(secret.repeat(60_000));
        const temporaries = join(root, 'objects/tmp');
        for (const name of await readdir(temporaries).catch(() => [])) {
          found.push((await readFile(join(temporaries, name))).includes(secret));
        }
      }
    }
    const owner = newOwner();
    const { id } = await parts.store.put(body(), owner);
    expect(found.length).toBeGreaterThan(0);
    expect(found).not.toContain(true);
    expect((await readAll(parts.store.get(owner.tenant, id))).includes(secret)).toBe(true);
  });
});

describe('the search for orphans', () => {
  it('removes old objects that no row refers to, and no others', async () => {
    const { store } = parts;
    const owner = newOwner();
    const kept = await store.put(randomBytes(10), owner);
    const orphan = await store.put(randomBytes(10), owner);
    const findReferenced = async (objects: readonly ListedObject[]) =>
      new Set(objects.map(({ id }) => id).filter((id) => id !== orphan.id));
    const [past, future] = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000));
    if (!past || !future) throw new Error('two dates were made');
    expect(await collectOrphans(store, past, findReferenced)).toBe(0);
    expect(await collectOrphans(store, future, findReferenced)).toBe(1);
    await expect(store.info(owner.tenant, orphan.id)).rejects.toMatchObject({
      code: 'object_not_found',
    });
    expect(await store.info(owner.tenant, kept.id)).toMatchObject({ size: 10 });
  });
});
