import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containment, iou, suppress } from './boxes.ts';

const side = fc.double({ min: 1, max: 100, noNaN: true });
const box = fc.record({ x: side, y: side, width: side, height: side });
const item = fc.record({ box, score: fc.double({ min: 0, max: 1, noNaN: true }) });

describe('iou', () => {
  it('is symmetric, 1 with itself, 0 when apart', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        expect(iou(a, b)).toBeCloseTo(iou(b, a), 12);
        expect(iou(a, a)).toBeCloseTo(1, 12);
        expect(iou(a, { ...a, x: a.x + a.width })).toBe(0);
      }),
    );
    const half = { x: 0, y: 0, width: 1, height: 2 };
    expect(iou({ x: 0, y: 0, width: 2, height: 2 }, half)).toBe(0.5);
  });
});

describe('containment', () => {
  it('is 1 for a box inside another, whatever their sizes', () => {
    const outer = { x: 0, y: 0, width: 10, height: 10 };
    expect(containment(outer, { x: 2, y: 3, width: 1, height: 1 })).toBe(1);
    expect(containment({ x: 9, y: 0, width: 2, height: 10 }, outer)).toBe(0.5);
  });
});

describe('suppress', () => {
  it('keeps the best, keeps no two that overlap, and drops only what overlaps something better', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (items) => {
        const kept = suppress(items, 0.4, ({ score }) => score);
        kept.forEach((a, i) => {
          for (const b of kept.slice(i + 1)) expect(iou(a.box, b.box)).toBeLessThanOrEqual(0.4);
        });
        for (const dropped of items.filter((one) => !kept.includes(one))) {
          const better = kept.filter(({ score }) => score >= dropped.score);
          expect(better.some(({ box: other }) => iou(other, dropped.box) > 0.4)).toBe(true);
        }
        if (items.length > 0)
          expect(kept[0]?.score).toBe(Math.max(...items.map(({ score }) => score)));
      }),
    );
  });
});
