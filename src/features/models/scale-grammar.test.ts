import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScale } from './scale-grammar.ts';

const same = (value: number) => [value, value, value];

describe('scales in words', () => {
  it.each([
    ['raw 0..255', same(0), same(1)],
    ['raw 0..255 (1/255 inside graph)', same(0), same(1)],
    ['x/255', same(0), same(255)],
    ['(x-128)/128', same(128), same(128)],
    ['x/127.5-1', same(127.5), same(127.5)],
    ['x', same(0), same(1)],
    ['2*x+1', same(-0.5), same(0.5)],
    [
      '(x/255-[.485,.456,.406])/[.229,.224,.225]',
      [123.675, 116.28, 103.53],
      [58.395, 57.12, 57.375],
    ],
    ['(x - [104, 117, 123]) / 1', [104, 117, 123], same(1)],
  ])('%s', (text, mean, std) => {
    expect(parseScale(text)).toEqual({ mean, std });
  });

  it.each([
    'unit range',
    'raw 0..1',
    'x*x',
    '1/x',
    '255',
    '-x',
    '1-x',
    'x/0',
    'x/255-',
    '(x-128/128',
    'x)/255',
    'x/[1,2]',
    'x/255 and mean',
    'mean 127.5',
    '',
  ])('refuses "%s"', (text) => {
    expect(() => parseScale(text)).toThrow(/cannot be understood/);
  });

  it('do to a pixel what the formula says', () => {
    const number = fc.double({ min: 0.01, max: 500, noNaN: true }).map((value) => value.toFixed(3));
    fc.assert(
      fc.property(number, number, number, fc.integer({ min: 0, max: 255 }), (a, b, c, x) => {
        const { mean, std } = parseScale(`(x/${a}-${b})/${c}`);
        const expected = (x / Number(a) - Number(b)) / Number(c);
        expect((x - mean[0]) / std[0]).toBeCloseTo(
          expected,
          6 - Math.ceil(Math.log10(Math.abs(expected) + 1)),
        );
      }),
    );
  });
});
