import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfToNumber, readWeights, WeightManifest } from './tfjs-weights.ts';

const manifest = WeightManifest.parse([
  {
    paths: ['a.bin', 'b.bin'],
    weights: [
      { name: 'plain', shape: [2], dtype: 'float32' },
      {
        name: 'bytes',
        shape: [3],
        dtype: 'float32',
        quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
      },
      { name: 'half', shape: [], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'shape', shape: [1], dtype: 'int32' },
    ],
  },
]);
const whole = Buffer.concat([
  Buffer.from(Float32Array.of(1.5, -2).buffer),
  Buffer.from([0, 2, 255]),
  Buffer.from([0x00, 0x3c]),
  Buffer.from(Int32Array.of(-7).buffer),
]);

describe('weights', () => {
  it('are read over shard borders, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
        const shards = new Map([
          ['a.bin', whole.subarray(0, cut)],
          ['b.bin', whole.subarray(cut)],
        ]);
        const tensors = readWeights(manifest, shards);
        expect(tensors.get('plain')?.data).toEqual(Float32Array.of(1.5, -2));
        expect(tensors.get('bytes')?.data).toEqual(Float32Array.of(-1, 0, 126.5));
        expect(tensors.get('half')).toEqual({ shape: [], data: Float32Array.of(1) });
        expect(tensors.get('shape')?.data).toEqual(Int32Array.of(-7));
      }),
    );
  });

  it('are refused when a byte is missing or left over, or a shard is not there', () => {
    const cut = (bytes: Buffer) =>
      new Map([
        ['a.bin', bytes],
        ['b.bin', Buffer.alloc(0)],
      ]);
    expect(() => readWeights(manifest, cut(whole.subarray(0, -1)))).toThrow(/shape ends at/);
    expect(() => readWeights(manifest, cut(Buffer.concat([whole, whole])))).toThrow(/left over/);
    expect(() => readWeights(manifest, new Map([['a.bin', whole]]))).toThrow(/b\.bin is missing/);
  });
});

describe('half floats', () => {
  it.each([
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x7bff, 65_504],
    [0xc000, -2],
    [0x7c00, Number.POSITIVE_INFINITY],
  ])('%i is %d', (bits, value) => {
    expect(halfToNumber(bits)).toBe(value);
  });
});
