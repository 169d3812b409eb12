import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../models/index.ts';
import { toSimilarity } from './similarity.ts';

const calibration: Calibration = {
  measured_on: 'made up',
  cosine_to_similarity: [
    [0.5, 0],
    [0.9, 60],
    [0.93, 80],
    [1, 100],
  ],
  points: [],
};
const rising = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max }), { minLength: 2, maxLength: 8 })
    .map((values) => values.sort((a, b) => a - b));
const curves = fc.tuple(rising(200), rising(100)).map(
  ([cosines, similarities]): Calibration => ({
    ...calibration,
    cosine_to_similarity: cosines
      .slice(0, similarities.length)
      .map((cosine, i) => [cosine / 100 - 1, similarities[i] ?? 100]),
  }),
);
const cosine = fc.double({ min: -1, max: 1, noNaN: true });

describe('toSimilarity', () => {
  it('meets the measured points and runs straight between them', () => {
    expect(toSimilarity(0.93, calibration)).toBe(80);
    expect(toSimilarity(0.7, calibration)).toBeCloseTo(30, 10);
    expect(toSimilarity(-1, calibration)).toBe(0);
    expect(toSimilarity(1, calibration)).toBe(100);
  });

  it('never falls when the cosine rises, and stays within 0…100, for any curve', () => {
    fc.assert(
      fc.property(fc.option(curves, { nil: undefined }), cosine, cosine, (curve, a, b) => {
        const [low, high] = [
          toSimilarity(Math.min(a, b), curve),
          toSimilarity(Math.max(a, b), curve),
        ];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(100);
      }),
    );
  });
});
