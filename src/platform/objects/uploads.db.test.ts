import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import { readAll } from '../../../test/support/object-store-contract.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import type { ObjectStore } from '../../core/objects.ts';
import { withSystem } from '../db/transaction.ts';
import { openKeys } from '../keys/keys.ts';
import { collectOrphans } from './collect-orphans.ts';
import { createFileBlobs } from './file-blobs.ts';
import { createObjectStore } from './object-store.ts';
import { createFindReferenced } from './referenced-objects.ts';
import { createUploads, type NewUpload, type Uploads } from './uploads.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const claimOf = (bytes: Uint8Array) => ({ size: bytes.length, sha256: sha256(bytes) });

function newUpload(more: Partial<NewUpload> = {}): NewUpload {
  return {
    subject: newId('subject'),
    purpose: 'ses_x/face',
    kind: 'evidence',
    maxBytes: 1_000_000,
    ...more,
  };
}

describeOnEachEngine('uploads', (engine) => {
  let root: string;
  let database: TestDatabase;
  let objects: ObjectStore;
  let uploads: Uploads;
  let tenant: TenantId;
  let clock = new Date();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'uploads-'));
    database = await createTestDatabase(engine);
    const { subjects } = await openKeys({ directory: join(root, 'keys') });
    objects = createObjectStore(createFileBlobs(join(root, 'objects')), subjects);
    uploads = createUploads(database.db, objects, () => clock);
    tenant = await newTenant();
  });
  afterAll(async () => {
    await database?.close();
    await rm(root, { recursive: true, force: true });
  });

  async function newTenant(): Promise<TenantId> {
    const id = newId('tenant');
    await withSystem(database.db, (tx) =>
      tx.insertInto('tenant').values({ id, name: 'x' }).execute(),
    );
    return id;
  }

  async function storedKinds(of = tenant): Promise<string[]> {
    const kinds: string[] = [];
    for await (const { tenant: owner, id } of objects.list()) {
      if (owner === of) kinds.push((await objects.info(of, id)).kind);
    }
    return kinds.sort();
  }

  it('give the same object for every order of parts, repeated, several at once', async () => {
    const own = await newTenant();
    let count = 0;
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), {
      minLength: 1,
      maxLength: 6,
    });
    const plan = parts.chain((contents) =>
      fc.record({
        contents: fc.constant(contents),
        // Every part at least once, in any order, some of them again.
        order: fc.array(fc.nat(contents.length - 1), { maxLength: 5 }).chain((again) =>
          fc.shuffledSubarray([...contents.keys(), ...again], {
            minLength: contents.length + again.length,
          }),
        ),
        together: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(plan, async ({ contents, order, together }) => {
        const upload = await uploads.create(own, newUpload());
        const put = (i: number) =>
          uploads.putPart(own, upload.id, i + 1, contents[i] ?? new Uint8Array());
        if (together) await Promise.all(order.map(put));
        else for (const i of order) await put(i);
        const whole = Buffer.concat(contents);
        const object = await uploads.complete(own, upload.id, claimOf(whole));
        expect((await readAll(objects.get(own, object.id))).equals(whole)).toBe(true);
        count += 1;
      }),
      { numRuns: 15 },
    );
    // No part and no superfluous copy stays.
    expect(await storedKinds(own)).toEqual(Array.from({ length: count }, () => 'evidence'));
  });

  it('say what has arrived, so that a sender can go on', async () => {
    const { id } = await uploads.create(tenant, newUpload());
    await uploads.putPart(tenant, id, 3, Buffer.from('three'));
    await uploads.putPart(tenant, id, 1, Buffer.from('one'));
    const { upload, parts } = await uploads.find(tenant, id);
    expect(upload).toMatchObject({ state: 'open', purpose: 'ses_x/face' });
    expect(parts.map(({ number, object }) => [number, object.size])).toEqual([
      [1, 3],
      [3, 5],
    ]);
    const claim = claimOf(Buffer.from('onetwothree'));
    await expect(uploads.complete(tenant, id, claim)).rejects.toMatchObject({
      code: 'upload_incomplete',
      message: 'Missing parts: 2',
    });
    await uploads.putPart(tenant, id, 2, Buffer.from('two'));
    expect(await uploads.complete(tenant, id, claim)).toMatchObject(claim);
  });

  it('refuse other content for a part and keep the first', async () => {
    const { id } = await uploads.create(tenant, newUpload());
    await uploads.putPart(tenant, id, 1, Buffer.from('first'));
    const before = await storedKinds();
    await expect(uploads.putPart(tenant, id, 1, Buffer.from('other'))).rejects.toMatchObject({
      code: 'upload_part_conflict',
    });
    expect(await storedKinds()).toEqual(before);
    const object = await uploads.complete(tenant, id, claimOf(Buffer.from('first')));
    expect((await readAll(objects.get(tenant, object.id))).toString()).toBe('first');
  });

  it('refuse a wrong size or digest, and stay open', async () => {
    const { id } = await uploads.create(tenant, newUpload());
    await uploads.putPart(tenant, id, 1, Buffer.from('bytes'));
    const before = await storedKinds();
    const right = claimOf(Buffer.from('bytes'));
    const refuse = (claim: typeof right, code: string) =>
      expect(uploads.complete(tenant, id, claim)).rejects.toMatchObject({ code });
    await refuse({ ...right, size: 4 }, 'upload_mismatch');
    await refuse({ ...right, size: 6 }, 'upload_incomplete');
    await refuse({ ...right, sha256: sha256(Buffer.from('other')) }, 'upload_mismatch');
    expect(await storedKinds()).toEqual(before);
    await uploads.complete(tenant, id, right);
    // After success too, and without harm to the object.
    await refuse({ ...right, sha256: sha256(Buffer.from('other')) }, 'upload_mismatch');
    const { object } = (await uploads.find(tenant, id)).upload;
    expect(object && (await objects.info(tenant, object.id)).size).toBe(5);
  });

  it('refuse more than the stream may have, in one part or in sum', async () => {
    const { id } = await uploads.create(tenant, newUpload({ maxBytes: 10 }));
    const tooLarge = { code: 'object_too_large' };
    await expect(uploads.putPart(tenant, id, 1, randomBytes(11))).rejects.toMatchObject(tooLarge);
    await uploads.putPart(tenant, id, 1, randomBytes(6));
    await expect(uploads.putPart(tenant, id, 2, randomBytes(5))).rejects.toMatchObject(tooLarge);
    const both = [randomBytes(4), randomBytes(4)].map((bytes, i) =>
      uploads.putPart(tenant, id, i + 2, bytes),
    );
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const number of [0, -1, 1.5, 2_001]) {
      await expect(uploads.putPart(tenant, id, number, randomBytes(1))).rejects.toMatchObject({
        code: 'validation_failed',
      });
    }
  });

  it('complete once, however often and at once it is asked, with one side effect', async () => {
    const own = await newTenant();
    const { id } = await uploads.create(own, newUpload());
    const bytes = randomBytes(100);
    await uploads.putPart(own, id, 1, bytes);
    const effects: string[] = [];
    const complete = () =>
      uploads.complete(own, id, claimOf(bytes), async (_, object) => {
        effects.push(object.id);
      });
    const objectsMade = await Promise.all([complete(), complete(), complete()]);
    objectsMade.push(await complete());
    expect(new Set(objectsMade.map((object) => object.id)).size).toBe(1);
    expect(effects).toEqual([objectsMade[0]?.id]);
    expect(await storedKinds(own)).toEqual(['evidence']);
    await expect(uploads.putPart(own, id, 2, bytes)).rejects.toMatchObject({
      code: 'upload_closed',
    });
  });

  it('are not completed when what belongs to it fails', async () => {
    const { id } = await uploads.create(tenant, newUpload());
    await uploads.putPart(tenant, id, 1, randomBytes(5));
    const bytes = await readAll(joined(id));
    const failing = uploads.complete(tenant, id, claimOf(bytes), async () => {
      throw new Error('no such session');
    });
    await expect(failing).rejects.toThrow('no such session');
    expect((await uploads.find(tenant, id)).upload.state).toBe('open');
    expect(await uploads.complete(tenant, id, claimOf(bytes))).toMatchObject({ size: 5 });
  });

  async function* joined(id: string): AsyncGenerator<Uint8Array> {
    for (const { object } of (await uploads.find(tenant, id)).parts) {
      yield* objects.get(tenant, object.id);
    }
  }

  it('belong to their tenant', async () => {
    const { id } = await uploads.create(tenant, newUpload());
    const other = await newTenant();
    const missing = { code: 'upload_not_found' };
    await expect(uploads.find(other, id)).rejects.toMatchObject(missing);
    await expect(uploads.find(other, newId('upload'))).rejects.toMatchObject(missing);
    await expect(uploads.find(other, "' or 1=1")).rejects.toMatchObject(missing);
    await expect(uploads.putPart(other, id, 1, randomBytes(1))).rejects.toMatchObject(missing);
    await expect(uploads.complete(other, id, claimOf(randomBytes(1)))).rejects.toMatchObject(
      missing,
    );
    await expect(uploads.abandon(other, id)).rejects.toMatchObject(missing);
  });

  it('keep what rows refer to from the search for orphans, and what belongs to unknown tenants', async () => {
    const own = await newTenant();
    const { id } = await uploads.create(own, newUpload());
    const part = await uploads.putPart(own, id, 1, Buffer.from('x'));
    const done = await uploads.create(own, newUpload());
    await uploads.putPart(own, done.id, 1, Buffer.from('x'));
    const finished = await uploads.complete(own, done.id, claimOf(Buffer.from('x')));
    const orphan = await objects.put(Buffer.from('x'), { tenant: own, kind: 'evidence' });
    const unknown = newId('tenant');
    const foreign = await objects.put(Buffer.from('x'), { tenant: unknown, kind: 'evidence' });
    const soon = new Date(Date.now() + 60_000);
    const findReferenced = createFindReferenced(database.db);
    expect(await collectOrphans(objects, soon, findReferenced)).toBeGreaterThan(0);
    expect(await collectOrphans(objects, soon, findReferenced)).toBe(0);
    await expect(objects.info(own, orphan.id)).rejects.toMatchObject({ code: 'object_not_found' });
    for (const { id: kept } of [part.object, finished]) await objects.info(own, kept);
    await objects.info(unknown, foreign.id);
  });

  it('leave nothing when abandoned, expired or erased; finished objects stay', async () => {
    const own = await newTenant();
    const subject = newId('subject');
    const [abandoned, expired, erased, done] = await Promise.all(
      [{}, {}, { subject }, {}].map((more) => uploads.create(own, newUpload(more))),
    );
    if (!abandoned || !expired || !erased || !done) throw new Error('four were made');
    for (const { id } of [abandoned, expired, erased, done]) {
      await uploads.putPart(own, id, 1, Buffer.from('x'));
    }
    await uploads.complete(own, done.id, claimOf(Buffer.from('x')));
    await uploads.abandon(own, abandoned.id);
    await uploads.abandon(own, abandoned.id);
    await expect(uploads.abandon(own, done.id)).rejects.toMatchObject({ code: 'upload_closed' });
    await uploads.removeOfSubject(own, subject);
    await expect(uploads.find(own, erased.id)).rejects.toMatchObject({ code: 'upload_not_found' });
    expect(await storedKinds(own)).toEqual(['evidence', 'upload-part']);

    const today = clock;
    clock = new Date(today.getTime() + 25 * 3_600_000);
    try {
      await expect(uploads.putPart(own, expired.id, 2, randomBytes(1))).rejects.toMatchObject({
        code: 'upload_closed',
      });
      while ((await uploads.expire()) > 0);
      await expect(uploads.find(own, expired.id)).rejects.toMatchObject({
        code: 'upload_not_found',
      });
      expect(await storedKinds(own)).toEqual(['evidence']);
    } finally {
      clock = today;
    }
  });
});
