import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../core/image.ts';
import { createPyramid, halve } from './pyramid.ts';
import { fitPerspective, identity, type Quad } from './transform.ts';
import {
  cropResize,
  flipHorizontal,
  resize,
  rotateQuarters,
  warpAffine,
  warpPerspective,
} from './warp.ts';

const image = fc
  .record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 24 }) })
  .chain(({ width, height }) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): RgbImage => ({ data, width, height })),
  );

/** x grows by 2 per column, y by 3 per row: bilinear sampling must reproduce it between pixels too. */
function ramp(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.set([(i % width) * 2, Math.floor(i / width) * 3, 7], i * 3);
  }
  return { data, width, height };
}

describe('warping', () => {
  it('by the identity changes nothing', () => {
    fc.assert(
      fc.property(image, (picture) => {
        expect(warpAffine(picture, identity, picture)).toEqual(picture);
        const h = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;
        expect(warpPerspective(picture, h, picture)).toEqual(picture);
      }),
    );
  });

  it('samples between pixels on a ramp', () => {
    const out = warpAffine(ramp(40, 30), [1, 0, 5.5, 0, 1, 4], { width: 10, height: 10 });
    expect([...out.data.subarray(0, 3)]).toEqual([11, 12, 7]);
  });

  it('fills beyond the edges as asked', () => {
    const picture = ramp(4, 4);
    const box = { x: -2, y: 0, width: 4, height: 4 };
    const row = (border: 'black' | 'edge' | 'reflect') =>
      [0, 3, 6, 9].map((i) => cropResize(picture, box, { width: 4, height: 4 }, border).data[i]);
    expect(row('black')).toEqual([0, 0, 0, 2]);
    expect(row('edge')).toEqual([0, 0, 0, 2]);
    expect(row('reflect')).toEqual([4, 2, 0, 2]);
  });

  it('averages every pixel when it shrinks by powers of two', () => {
    const data = new Uint8Array(8 * 8 * 3);
    data.fill(255, 0, 3); // one white pixel of 64
    const one = resize({ data, width: 8, height: 8 }, { width: 1, height: 1 });
    expect(one.data[0]).toBeGreaterThan(0);
    expect(one.data[0]).toBeLessThan(9);
  });

  it('undoes a perspective', () => {
    const picture = ramp(40, 30);
    const quad: Quad = [
      { x: 2, y: 3 },
      { x: 36, y: 1 },
      { x: 39, y: 28 },
      { x: 1, y: 26 },
    ];
    const flat: Quad = [
      { x: 0, y: 0 },
      { x: 40, y: 0 },
      { x: 40, y: 30 },
      { x: 0, y: 30 },
    ];
    const seen = warpPerspective(picture, fitPerspective(quad, flat), { width: 40, height: 30 });
    const back = warpPerspective(seen, fitPerspective(flat, quad), { width: 40, height: 30 });
    for (const [x, y] of [
      [10, 10],
      [20, 15],
      [30, 20],
    ] as const) {
      const i = (y * 40 + x) * 3;
      expect(Math.abs((back.data[i] ?? 0) - (picture.data[i] ?? 0))).toBeLessThanOrEqual(2);
      expect(Math.abs((back.data[i + 1] ?? 0) - (picture.data[i + 1] ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  it('survives a transform that leaves the plane', () => {
    const wild = [1, 0, 0, 0, 1, 0, 0, 0, 0] as const;
    expect(() => warpPerspective(ramp(4, 4), wild, { width: 4, height: 4 })).not.toThrow();
  });
});

describe('moving pixels', () => {
  it('flips twice to the same image', () => {
    fc.assert(
      fc.property(image, (picture) => {
        expect(flipHorizontal(flipHorizontal(picture))).toEqual(picture);
      }),
    );
  });

  it('turns by quarters that add up', () => {
    fc.assert(
      fc.property(image, (picture) => {
        const once = rotateQuarters(picture, 1);
        expect(once.width).toBe(picture.height);
        expect(rotateQuarters(once, 1)).toEqual(rotateQuarters(picture, 2));
        expect(rotateQuarters(once, 3)).toEqual(picture);
      }),
    );
    const turned = rotateQuarters(ramp(3, 2), 1);
    expect([...turned.data.subarray(0, 2)]).toEqual([0, 3]); // bottom left comes to the top left
  });
});

describe('the pyramid', () => {
  it('keeps the mean and never grows', () => {
    const half = halve(ramp(8, 6));
    expect(half).toMatchObject({ width: 4, height: 3 });
    expect([...half.data.subarray(0, 3)]).toEqual([1, 2, 7]);
    const pyramid = createPyramid(ramp(5, 3));
    expect(pyramid.level(9).height).toBe(1);
    expect(pyramid.level(1)).toBe(pyramid.level(1));
  });
});
