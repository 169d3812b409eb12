import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  equalErrorRate,
  operatingPoints,
  pointAtFmr,
  rankOneRate,
  ratesAt,
  type SearchTrial,
  searchAtFpir,
  wilson95,
} from './metrics.ts';

const score = fc.double({ min: -1, max: 1, noNaN: true });
const scoreSet = fc.record({
  genuine: fc.array(score, { minLength: 1, maxLength: 60 }),
  impostor: fc.array(score, { minLength: 1, maxLength: 60 }),
  failedGenuine: fc.nat({ max: 5 }),
});
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('verification rates', () => {
  it('are what the scores were made to give', () => {
    // 100 genuine pairs at 0.50…0.995, 200 impostor pairs at 0.000…0.597.
    const scores = {
      genuine: range(100).map((i) => 0.5 + i * 0.005),
      impostor: range(200).map((i) => i * 0.003),
      failedGenuine: 0,
    };
    expect(ratesAt(scores, 0.55)).toEqual({ threshold: 0.55, fmr: 16 / 200, fnmr: 10 / 100 });
    // Two of 200 may pass: the threshold lies above the third highest impostor, 0.591.
    const point = pointAtFmr(scores, 0.01);
    expect(point.fmr).toBeLessThanOrEqual(0.01);
    expect(point.threshold).toBeGreaterThan(0.591);
    expect(point.fnmr).toBeCloseTo(0.19, 10);
  });

  it('count a genuine pair without a face as a non-match at any threshold', () => {
    const scores = { genuine: [0.9, 0.8], impostor: [0.1], failedGenuine: 2 };
    expect(ratesAt(scores, -1).fnmr).toBe(0.5);
    expect(pointAtFmr(scores, 0).fnmr).toBe(0.5);
  });

  it('cross at the equal error rate', () => {
    const scores = {
      genuine: [0.2, 0.6, 0.7, 0.8],
      impostor: [0.1, 0.3, 0.4, 0.65],
      failedGenuine: 0,
    };
    expect(equalErrorRate(scores)).toBeCloseTo(0.25, 10);
    expect(equalErrorRate({ genuine: [1], impostor: [0], failedGenuine: 0 })).toBe(0);
  });

  it('are undefined, not zero, without pairs', () => {
    expect(ratesAt({ genuine: [1], impostor: [], failedGenuine: 0 }, 0.5).fmr).toBeNaN();
  });

  it('move in opposite directions along the threshold, for any scores', () => {
    fc.assert(
      fc.property(scoreSet, (scores) => {
        const points = operatingPoints(scores);
        points.slice(1).forEach((point, i) => {
          expect(point.fmr).toBeLessThanOrEqual(points[i]?.fmr ?? Number.NaN);
          expect(point.fnmr).toBeGreaterThanOrEqual(points[i]?.fnmr ?? Number.NaN);
        });
        for (const point of points) expect(ratesAt(scores, point.threshold)).toEqual(point);
        expect(points.at(-1)).toMatchObject({ fmr: 0, fnmr: 1 });
      }),
    );
  });

  it('give the most lenient threshold that keeps the promise', () => {
    fc.assert(
      fc.property(scoreSet, fc.double({ min: 0, max: 1, noNaN: true }), (scores, fmr) => {
        const point = pointAtFmr(scores, fmr);
        expect(point.fmr).toBeLessThanOrEqual(fmr);
        const lenient = operatingPoints(scores).filter(
          ({ threshold }) => threshold < point.threshold,
        );
        for (const other of lenient) expect(other.fmr).toBeGreaterThan(fmr);
      }),
    );
  });
});

describe('wilson95', () => {
  it('agrees with published values', () => {
    // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    expect(wilson95(81, 263)[0]).toBeCloseTo(0.2553, 4);
    expect(wilson95(81, 263)[1]).toBeCloseTo(0.3662, 4);
    expect(wilson95(0, 20)[0]).toBe(0);
    expect(wilson95(0, 20)[1]).toBeCloseTo(0.1611, 4);
    expect(wilson95(0, 0)).toEqual([0, 1]);
  });
});

describe('search rates', () => {
  const trial = (mated: boolean, topScore: number, topIsMate = mated): SearchTrial => ({
    mated,
    topScore,
    topIsMate,
  });

  it('are what the trials were made to give', () => {
    const strangers = range(100).map((i) => trial(false, i / 200)); // 0…0.495
    const members = [
      trial(true, 0.9),
      trial(true, 0.492),
      trial(true, 0.8, false),
      trial(true, 0.7),
    ];
    const rates = searchAtFpir([...strangers, ...members], 0.01);
    expect(rates.fpir).toBe(0.01);
    // 0.492 lies above the second highest stranger (0.49), so only the wrong person counts as missed.
    expect(rates.fnir).toBe(0.25);
    expect(searchAtFpir([...strangers, ...members], 0).fnir).toBe(0.5);
    expect(rankOneRate([...strangers, ...members])).toBe(0.75);
  });

  it('count a probe without a face as missed, and never as a false alarm', () => {
    const lost = trial(true, Number.NEGATIVE_INFINITY, false);
    const rates = searchAtFpir([lost, trial(true, 0.9), trial(false, Number.NEGATIVE_INFINITY)], 0);
    expect(rates).toMatchObject({ fpir: 0, fnir: 0.5 });
  });
});
