import { describe, expect, it } from 'vitest';
import { readNetpbm } from './netpbm.ts';

const file = (header: string, ...pixels: number[]) =>
  new Uint8Array([...Buffer.from(header, 'latin1'), ...pixels]);

describe('readNetpbm', () => {
  it('reads grey and colour, with comments', () => {
    expect(readNetpbm(file('P5\n# made by hand\n2 1\n255\n', 10, 200))).toEqual({
      data: new Uint8Array([10, 10, 10, 200, 200, 200]),
      width: 2,
      height: 1,
    });
    expect(readNetpbm(file('P6 1 1 255\n', 1, 2, 3))?.data).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('leaves everything else to others', () => {
    expect(readNetpbm(file('P5\n2 2\n255\n', 1, 2, 3))).toBeUndefined();
    expect(readNetpbm(file('P5\n1 1\n65535\n', 1, 2))).toBeUndefined();
    expect(readNetpbm(file('P2\n1 1\n255\n7'))).toBeUndefined();
    expect(readNetpbm(new Uint8Array([0xff, 0xd8, 0xff]))).toBeUndefined();
    expect(readNetpbm(new Uint8Array())).toBeUndefined();
  });
});
