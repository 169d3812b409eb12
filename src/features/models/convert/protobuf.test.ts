import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, concat, intField, varint } from './protobuf.ts';

describe('protobuf fields', () => {
  it('are the bytes of the examples in the encoding guide of Protocol Buffers', () => {
    expect([...intField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
    expect([...bytesField(2, 'testing')]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
  });

  it('write negative numbers as ten bytes, as int64 asks', () => {
    expect([...varint(-1)]).toEqual([...Array.from({ length: 9 }, () => 0xff), 0x01]);
  });

  it('can be read back, whatever the number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = varint(value);
        const read = bytes.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n);
        expect(read).toBe(value);
        expect(bytes.every((byte, i) => byte >= 0x80 === i < bytes.length - 1)).toBe(true);
      }),
    );
  });

  it('nest by length', () => {
    const inner = intField(1, 300);
    const outer = bytesField(3, inner);
    expect([...outer]).toEqual([0x1a, inner.length, ...inner]);
    expect([...concat([inner, outer])]).toEqual([...inner, ...outer]);
  });
});
