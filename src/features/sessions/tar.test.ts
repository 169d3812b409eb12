import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packTar, unpackTar } from './tar.ts';

const entry = fc.record({
  name: fc.stringMatching(/^[a-z0-9-]{1,90}\.jpg$/),
  bytes: fc.uint8Array({ maxLength: 1_500 }),
});

it('gives back what was packed, and of a cut archive its beginning', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (entries, share) => {
        const archive = packTar(entries);
        const plain = (list: readonly { name: string; bytes: Uint8Array }[]) =>
          list.map(({ name, bytes }) => [name, [...bytes]]);
        expect(plain(unpackTar(archive))).toEqual(plain(entries));
        const cut = unpackTar(archive.subarray(0, Math.floor(archive.length * share)));
        expect(plain(cut)).toEqual(plain(entries.slice(0, cut.length)));
      },
    ),
  );
});

it('makes nothing of what is no archive', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
      expect(unpackTar(bytes).length).toBeLessThanOrEqual(6);
    }),
  );
});
