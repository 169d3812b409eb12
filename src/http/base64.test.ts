import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from './base64.ts';

describe('base64', () => {
  it('gives back every byte string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeBase64(Buffer.from(bytes).toString('base64'));
        expect(Buffer.from(decoded ?? [1]).equals(bytes)).toBe(true);
      }),
    );
  });

  it('takes a text only if encoding its bytes gives that text', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'AQgw09+/=-_ \n\u0141'), maxLength: 12 });
    fc.assert(
      fc.property(nearly, (text) => {
        const bytes = decodeBase64(text);
        if (bytes) expect(Buffer.from(bytes).toString('base64')).toBe(text);
        else expect(Buffer.from(text, 'base64').toString('base64')).not.toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['AAA', 'AA=A', 'AA==\n', 'AA A', 'A-_A', 'AB==', '\u0141AAA', '===='])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});
