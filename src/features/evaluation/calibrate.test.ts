import { describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.ts';
import type { ScoreSet } from './metrics.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
/** 20,000 impostor cosines spread evenly over 0…0.8: FMR at cosine c is 1 − c/0.8. */
const even: ScoreSet = {
  genuine: range(1000).map((i) => 0.7 + i * 0.0003),
  impostor: range(20_000).map((i) => (i * 0.8) / 20_000),
  failedGenuine: 0,
};

describe('calibrate', () => {
  it('puts each similarity where its false match rate was measured', () => {
    const { cosine_to_similarity, points } = calibrate(new Map([['even', even]]));
    const cosineAt = new Map(
      cosine_to_similarity.map(([cosine, similarity]) => [similarity, cosine]),
    );
    expect(cosineAt.get(80)).toBeCloseTo(0.8 * 0.99, 3);
    expect(cosineAt.get(60)).toBeCloseTo(0.8 * 0.9, 3);
    expect(cosineAt.get(100)).toBe(1);
    expect(points.find(({ similarity }) => similarity === 80)).toMatchObject({ fmr: 0.01 });
    expect(points.find(({ similarity }) => similarity === 90)?.fmr).toBeCloseTo(0.001, 4);
  });

  it('rises in both columns, as the card demands', () => {
    const few: ScoreSet = {
      genuine: [0.9],
      impostor: range(60).map((i) => i / 100),
      failedGenuine: 0,
    };
    const { cosine_to_similarity: curve } = calibrate(new Map([['few', few]]));
    curve.slice(1).forEach(([cosine, similarity], i) => {
      expect(cosine).toBeGreaterThan(curve[i]?.[0] ?? 1);
      expect(similarity).toBeGreaterThan(curve[i]?.[1] ?? 100);
    });
  });

  it('names the set that fares worst, not one that is too small to tell', () => {
    const worse: ScoreSet = { ...even, impostor: range(100).map((i) => 0.75 + i / 1000) };
    const tiny: ScoreSet = { ...even, impostor: [0.99] };
    const sets = new Map([
      ['even', even],
      ['worse', worse],
      ['tiny', tiny],
    ]);
    const { worst_group } = calibrate(sets);
    expect(worst_group.name).toBe('worse');
    expect(worst_group.fmr).toBeGreaterThan(0.4);
    expect(() => calibrate(new Map([['tiny', tiny]]))).toThrow('No set has 50 pairs');
  });
});
