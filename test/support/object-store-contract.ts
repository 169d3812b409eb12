import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newId } from '../../src/core/ids.ts';
import type { ObjectOwner, ObjectStore } from '../../src/core/objects.ts';
import type { SubjectKeys } from '../../src/platform/keys/subject-keys.ts';
import type { BlobStore } from '../../src/platform/objects/blobs.ts';
import { HEADER_BYTES, SEGMENT_BYTES } from '../../src/platform/objects/sealed-segments.ts';

export interface ContractParts {
  readonly store: ObjectStore;
  readonly blobs: BlobStore;
  readonly keys: SubjectKeys;
}

const SEALED_SEGMENT = SEGMENT_BYTES + 16;

export function newOwner(): ObjectOwner {
  return { tenant: newId('tenant'), subject: newId('subject'), kind: 'evidence' };
}

export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function* streamOf(bytes: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
}

async function blobOf({ blobs }: ContractParts, id: string): Promise<[string, Buffer]> {
  for await (const { key } of blobs.list()) {
    if (!key.endsWith(id)) continue;
    const part = await blobs.read(key, { start: 0, end: Number.MAX_SAFE_INTEGER });
    if (part) return [key, await readAll(part.body)];
  }
  throw new Error(`No blob of ${id}`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What every object store promises; the same suite runs on files and on S3. */
export function objectStoreContract(parts: () => ContractParts): void {
  it.each([0, 1, 1000, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])(
    'gives back %i bytes with their digest',
    async (size) => {
      const { store } = parts();
      const owner = newOwner();
      const bytes = randomBytes(size);
      const stored = await store.put(streamOf(bytes, 70_001), owner);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(stored).toMatchObject({ size, sha256 });
      expect((await readAll(store.get(owner.tenant, stored.id))).equals(bytes)).toBe(true);
      expect(await store.info(owner.tenant, stored.id)).toEqual({ ...owner, id: stored.id, size });
    },
  );

  it('streams what is larger than one upload part', async () => {
    const { store } = parts();
    const owner = newOwner();
    const bytes = randomBytes(17 * SEGMENT_BYTES + 5);
    const { id } = await store.put(streamOf(bytes, 1_000_000), owner);
    expect((await readAll(store.get(owner.tenant, id))).equals(bytes)).toBe(true);
  });

  it('gives any range, across segments too', async () => {
    const { store } = parts();
    const owner = newOwner();
    const size = 2 * SEGMENT_BYTES + 777;
    const bytes = randomBytes(size);
    const { id } = await store.put(bytes, owner);
    const edges = [
      0,
      1,
      SEGMENT_BYTES - 1,
      SEGMENT_BYTES,
      SEGMENT_BYTES + 1,
      2 * SEGMENT_BYTES,
      size,
    ];
    const position = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: size }));
    await fc.assert(
      fc.asyncProperty(position, position, async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        const got = await readAll(store.get(owner.tenant, id, range));
        expect(got.equals(bytes.subarray(range.start, range.end))).toBe(true);
      }),
      { numRuns: 25 },
    );
    const beyond = await readAll(store.get(owner.tenant, id, { start: size - 3, end: size + 50 }));
    expect(beyond.equals(bytes.subarray(-3))).toBe(true);
  });

  it('keeps nothing readable', async () => {
    const owner = newOwner();
    const secret = Buffer.from('P<UTOERIKSSON<<ANNA<MARIA'.repeat(100));
    const { id } = await parts().store.put(secret, owner);
    const [, blob] = await blobOf(parts(), id);
    expect(blob.includes('ERIKSSON')).toBe(false);
  });

  it('finds nothing for another tenant, a missing id or a path, and deletes nothing there', async () => {
    const { store } = parts();
    const owner = newOwner();
    const { id } = await store.put(randomBytes(10), owner);
    const missing = { code: 'object_not_found' };
    await expect(store.info(newId('tenant'), id)).rejects.toMatchObject(missing);
    await expect(store.info(owner.tenant, newId('object'))).rejects.toMatchObject(missing);
    const path = `../${owner.tenant}/${id}` as typeof id;
    await expect(readAll(store.get(owner.tenant, path))).rejects.toMatchObject(missing);
    expect(await store.delete(newId('tenant'), id)).toBe(false);
    expect(await store.delete(owner.tenant, path)).toBe(false);
    expect((await readAll(store.get(owner.tenant, id))).length).toBe(10);
  });

  it('deletes once', async () => {
    const { store } = parts();
    const owner = newOwner();
    const { id } = await store.put(randomBytes(10), owner);
    expect(await store.delete(owner.tenant, id)).toBe(true);
    expect(await store.delete(owner.tenant, id)).toBe(false);
    await expect(store.info(owner.tenant, id)).rejects.toMatchObject({ code: 'object_not_found' });
  });

  it('refuses too many bytes and keeps nothing of them', async () => {
    const { store, blobs } = parts();
    const owner = newOwner();
    const body = streamOf(randomBytes(20 * SEGMENT_BYTES), SEGMENT_BYTES);
    const limit = { maxBytes: 18 * SEGMENT_BYTES };
    await expect(store.put(body, owner, limit)).rejects.toMatchObject({ code: 'object_too_large' });
    for await (const { key } of blobs.list()) expect(key).not.toContain(owner.tenant);
    expect(await blobs.collectLeftovers(new Date(Date.now() + 60_000))).toBe(0);
  });

  it('keeps nothing of a body that breaks off, and says why it did', async () => {
    const { store, blobs } = parts();
    const owner = newOwner();
    async function* broken() {
      yield randomBytes(10 * SEGMENT_BYTES);
      throw new Error('the client went away');
    }
    await expect(store.put(broken(), owner)).rejects.toThrow('the client went away');
    for await (const { key } of blobs.list()) expect(key).not.toContain(owner.tenant);
    expect(await blobs.collectLeftovers(new Date(Date.now() + 60_000))).toBe(0);
  });

  it('lists what there is', async () => {
    const { store } = parts();
    const owner = newOwner();
    const a = await store.put(randomBytes(1), owner);
    const b = await store.put(randomBytes(1), owner);
    const listed: string[] = [];
    for await (const { tenant, id, storedAt } of store.list()) {
      if (tenant !== owner.tenant) continue;
      listed.push(id);
      expect(Math.abs(storedAt.getTime() - Date.now())).toBeLessThan(120_000);
    }
    expect(listed.sort()).toEqual([a.id, b.id].sort());
  });

  it('loses everything of an erased subject, and takes nothing new', async () => {
    const { store, keys } = parts();
    const owner = newOwner();
    const { id } = await store.put(randomBytes(10), owner);
    await keys.destroy(owner.subject ?? owner.tenant);
    const erased = { code: 'subject_erased' };
    await expect(readAll(store.get(owner.tenant, id))).rejects.toMatchObject(erased);
    await expect(store.info(owner.tenant, id)).rejects.toMatchObject(erased);
    await expect(store.put(randomBytes(10), owner)).rejects.toMatchObject(erased);
    expect(await store.delete(owner.tenant, id)).toBe(true);
  });

  it('keeps nothing that came in while its subject was erased', async () => {
    const { store, keys, blobs } = parts();
    const owner = newOwner();
    async function* slow() {
      yield randomBytes(10);
      await keys.destroy(owner.subject ?? owner.tenant);
      yield randomBytes(10);
    }
    await expect(store.put(slow(), owner)).rejects.toMatchObject({ code: 'subject_erased' });
    for await (const { key } of blobs.list()) expect(key).not.toContain(owner.tenant);
  });

  it('notices a flipped bit in the header, in every segment and every tag', async () => {
    const { store, blobs } = parts();
    const owner = newOwner();
    const { id } = await store.put(randomBytes(2 * SEGMENT_BYTES + 100), owner);
    const [key, blob] = await blobOf(parts(), id);
    const first = HEADER_BYTES;
    const places = [
      ...[0, 3, 4, 20, 37, 40, 60, 90, 130, HEADER_BYTES - 1],
      ...[first, first + 500, first + SEGMENT_BYTES, first + SEALED_SEGMENT - 1],
      ...[first + SEALED_SEGMENT, first + 2 * SEALED_SEGMENT - 1],
      ...[first + 2 * SEALED_SEGMENT, blob.length - 17, blob.length - 16, blob.length - 1],
    ];
    for (const place of places) {
      const damaged = Buffer.from(blob);
      damaged[place] = (damaged[place] ?? 0) ^ 4;
      await blobs.write(key, once(damaged));
      await expect(readAll(store.get(owner.tenant, id)), `byte ${place}`).rejects.toThrow();
    }
    await blobs.write(key, once(blob));
    expect((await readAll(store.get(owner.tenant, id))).length).toBe(2 * SEGMENT_BYTES + 100);
  });

  it('notices segments that were cut, dropped, repeated, exchanged or taken from elsewhere', async () => {
    const { store, blobs } = parts();
    const owner = newOwner();
    const { id } = await store.put(randomBytes(3 * SEGMENT_BYTES), owner);
    const other = await store.put(randomBytes(3 * SEGMENT_BYTES), owner);
    const [key, blob] = await blobOf(parts(), id);
    const [otherKey, otherBlob] = await blobOf(parts(), other.id);
    const header = blob.subarray(0, HEADER_BYTES);
    const segment = (from: Buffer, i: number) =>
      from.subarray(HEADER_BYTES + i * SEALED_SEGMENT, HEADER_BYTES + (i + 1) * SEALED_SEGMENT);
    const [a, b, c] = [segment(blob, 0), segment(blob, 1), segment(blob, 2)];
    const forgeries: Record<string, Buffer[]> = {
      'last segment dropped': [header, a, b],
      'only the header': [header],
      'cut within a segment': [header, a, b, c.subarray(0, 1000)],
      'cut within a tag': [header, a, b.subarray(0, 15)],
      'segment dropped': [header, a, c],
      'segments exchanged': [header, b, a, c],
      'last segment repeated': [header, a, b, c, c],
      'segment repeated': [header, a, a, c],
      'segment of another object': [header, a, segment(otherBlob, 1), c],
      'header of another object': [otherBlob.subarray(0, HEADER_BYTES), a, b, c],
      'another object whole': [otherBlob],
      nothing: [],
    };
    for (const [name, pieces] of Object.entries(forgeries)) {
      await blobs.write(key, once(Buffer.concat(pieces)));
      await expect(readAll(store.get(owner.tenant, id)), name).rejects.toMatchObject({
        code: 'object_damaged',
      });
    }
    await blobs.write(otherKey, once(blob));
    const moved = readAll(store.get(owner.tenant, other.id));
    await expect(moved).rejects.toMatchObject({ code: 'object_damaged' });
  });
}
