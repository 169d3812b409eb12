import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newOwner, readAll, streamOf } from '../../../test/support/object-store-contract.ts';
import { newId } from '../../core/ids.ts';
import { openKeys } from '../keys/keys.ts';
import { createFileBlobs } from './file-blobs.ts';
import { createObjectStore } from './object-store.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'faults-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const child = fileURLToPath(new URL('../../../test/support/put-objects-child.ts', import.meta.url));

/** Kills it a little after its nth acknowledgement, that is somewhere within the next object. */
async function putUntilKilled(
  tenant: string,
  subject: string,
  acknowledged: number,
  afterMs: number,
) {
  const args = ['--import', 'tsx', child, root, tenant, subject];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'exit');
  // The pipe stays open: without a reader the child would end of its own accord.
  await new Promise<void>((resolve) => {
    let lines = 0;
    running.stdout.on('data', (chunk: Buffer) => {
      lines += String(chunk).split('\n').length - 1;
      if (lines >= acknowledged) resolve();
    });
    running.once('exit', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  running.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

describe('a process killed while it stores', () => {
  it('leaves whole objects only, and none acknowledged is missing', async () => {
    const [tenant, subject] = [newId('tenant'), newId('subject')];
    const kills = [
      [0, 3],
      [1, 7],
      [2, 11],
      [2, 17],
    ] as const;
    for (const [acknowledged, afterMs] of kills) {
      await putUntilKilled(tenant, subject, acknowledged, afterMs);
    }

    const { subjects } = await openKeys({ directory: join(root, 'keys') });
    const store = createObjectStore(createFileBlobs(join(root, 'objects')), subjects);
    const digests = new Map<string, string>();
    for await (const { id } of store.list()) {
      const plain = await readAll(store.get(tenant, id));
      digests.set(id, createHash('sha256').update(plain).digest('hex'));
    }
    const acknowledged = (await readFile(join(root, 'acknowledged'), 'utf8')).trim().split('\n');
    expect(acknowledged.length).toBeGreaterThanOrEqual(5);
    for (const line of acknowledged) {
      const [id = '', sha256] = line.split(' ');
      expect(digests.get(id), id).toBe(sha256);
    }
    // What the kill cut is found and removed, and only that.
    await store.collectLeftovers(new Date(Date.now() + 60_000));
    expect(await readdir(join(root, 'objects/tmp'))).toEqual([]);
    for (const id of digests.keys()) {
      expect(await store.info(tenant, id as ReturnType<typeof newId<'object'>>)).toBeTruthy();
    }
  });
});

/** Needs the right to mount, as in a container that runs as root. */
function mountSmallDisk(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', () => {
  it('is said clearly, loses nothing and leaves no remains', async ({ skip }) => {
    const disk = await mkdtemp(join(tmpdir(), 'disk-'));
    if (!mountSmallDisk(disk)) skip('may not mount a small disk here');
    try {
      const { subjects } = await openKeys({ directory: join(root, 'keys') });
      const store = createObjectStore(createFileBlobs(disk), subjects);
      const owner = newOwner();
      const before = randomBytes(2_000_000);
      const { id } = await store.put(before, owner);
      const tooMuch = store.put(streamOf(randomBytes(6_000_000), 100_000), owner);
      await expect(tooMuch).rejects.toMatchObject({ code: 'storage_full' });
      expect(await readdir(join(disk, 'tmp'))).toEqual([]);
      expect((await readAll(store.get(owner.tenant, id))).equals(before)).toBe(true);
      await store.put(randomBytes(1_000_000), owner);
      await store.delete(owner.tenant, id);
      await store.put(randomBytes(2_000_000), owner);
    } finally {
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true, force: true });
    }
  });
});
