import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Affine,
  chain,
  fitPerspective,
  fitSimilarity,
  identity,
  invert,
  projectPoint,
  type Quad,
  scaleOf,
  transformPoint,
} from './transform.ts';

const number = fc.double({ min: -100, max: 100, noNaN: true });
const point = fc.record({ x: number, y: number });
const similarity = fc
  .record({
    angle: fc.double({ min: -3, max: 3, noNaN: true }),
    scale: fc.double({ min: 0.1, max: 10, noNaN: true }),
    x: number,
    y: number,
  })
  .map(({ angle, scale, x, y }): Affine => {
    const c = Math.cos(angle) * scale;
    const s = Math.sin(angle) * scale;
    return [c, -s, x, s, c, y];
  });

function expectClose(actual: readonly number[], expected: readonly number[]) {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
}

describe('affine transforms', () => {
  it('are undone by their inverse', () => {
    fc.assert(
      fc.property(similarity, (t) => {
        expectClose(chain(t, invert(t)), identity);
      }),
    );
  });

  it('chain in the order given', () => {
    fc.assert(
      fc.property(similarity, similarity, point, (first, second, p) => {
        const once = transformPoint(chain(first, second), p);
        const twice = transformPoint(second, transformPoint(first, p));
        expectClose([once.x, once.y], [twice.x, twice.y]);
      }),
    );
  });

  it('refuse to be inverted when they flatten the plane', () => {
    expect(() => invert([1, 2, 0, 2, 4, 0])).toThrow(RangeError);
  });
});

describe('fitSimilarity', () => {
  const shape = [
    { x: 0, y: 0 },
    { x: 3, y: 1 },
    { x: 1, y: 4 },
    { x: -2, y: 2 },
  ];

  it('recovers a similarity from its own points', () => {
    fc.assert(
      fc.property(similarity, (t) => {
        const moved = shape.map((p) => transformPoint(t, p));
        const fitted = fitSimilarity(shape, moved);
        expectClose(fitted, t);
        expect(scaleOf(fitted)).toBeCloseTo(scaleOf(t), 5);
      }),
    );
  });

  it('never mirrors, even when a mirror would fit best', () => {
    const mirrored = shape.map(({ x, y }) => ({ x: -x, y }));
    const [a, b, , d, e] = fitSimilarity(shape, mirrored);
    expect(a * e - b * d).toBeGreaterThanOrEqual(0);
  });

  it('refuses points that all coincide', () => {
    const same = [shape[0], shape[0]].map((p) => p ?? { x: 0, y: 0 });
    expect(() => fitSimilarity(same, same)).toThrow(RangeError);
  });
});

describe('fitPerspective', () => {
  const square: Quad = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 100 },
    { x: 0, y: 100 },
  ];

  it('takes corners to corners', () => {
    const jitter = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(fc.array(jitter, { minLength: 8, maxLength: 8 }), (d) => {
        const to = square.map((p, i) => ({
          x: p.x + (d[i * 2] ?? 0),
          y: p.y + (d[i * 2 + 1] ?? 0),
        })) as unknown as Quad;
        const h = fitPerspective(square, to);
        square.forEach((p, i) => {
          const q = projectPoint(h, p);
          expectClose([q.x, q.y], [to[i]?.x ?? 0, to[i]?.y ?? 0]);
        });
      }),
    );
  });

  it('refuses three corners on a line', () => {
    const line: Quad = [square[0], { x: 50, y: 0 }, { x: 100, y: 0 }, square[3]];
    expect(() => fitPerspective(line, square)).toThrow(RangeError);
  });
});
