import { pointAtFmr, ratesAt, type ScoreSet } from './metrics.ts';

/** Cosines of all pairs within each set of a calibration split. */
export type ScoresBySet = ReadonlyMap<string, ScoreSet>;

/** What a similarity promises: the share of pairs of two people, on the calibration split, that reach it. */
export const promisedFmr: readonly (readonly [similarity: number, fmr: number])[] = [
  [30, 0.5],
  [60, 0.1],
  [80, 0.01],
  [90, 0.001],
  [95, 0.0001],
];

export interface CalibrationFigures {
  readonly cosine_to_similarity: [number, number][];
  readonly points: { similarity: number; fmr: number; fnmr: number }[];
  readonly worst_group: { name: string; similarity: number; fmr: number; fnmr: number };
}

/** Sets with fewer impostor pairs say nothing about a false match rate of some percent. */
const LEAST_IMPOSTOR_PAIRS = 50;

/**
 * Draws the curve from cosine to similarity through the promised false match rates of all sets pooled, and measures
 * the operating point: overall, and in the set with the highest false match rate.
 */
export function calibrate(sets: ScoresBySet, operatingSimilarity = 80): CalibrationFigures {
  const pooled = pool([...sets.values()]);
  const lowest = pooled.impostor.reduce((least, score) => Math.min(least, score), 1);
  const reached = promisedFmr.map(([similarity, fmr]): [number, number] => [
    thresholdAt(pooled, fmr),
    similarity,
  ]);
  const curve: [number, number][] = [[round(lowest), 0], ...reached, [1, 100]];
  const cosineOf = new Map(curve.map(([cosine, similarity]) => [similarity, cosine]));
  const at = (scores: ScoreSet, similarity: number) => {
    const { fmr, fnmr } = ratesAt(scores, cosineOf.get(similarity) ?? 1);
    return { similarity, fmr: round(fmr), fnmr: round(fnmr) };
  };
  const groups = [...sets]
    .filter(([, { impostor }]) => impostor.length >= LEAST_IMPOSTOR_PAIRS)
    .map(([name, scores]) => ({ name, ...at(scores, operatingSimilarity) }))
    .sort((a, b) => b.fmr - a.fmr);
  const [worst] = groups;
  if (!worst) throw new RangeError(`No set has ${LEAST_IMPOSTOR_PAIRS} pairs of two people`);
  return {
    cosine_to_similarity: strictlyRising(curve),
    points: promisedFmr.map(([similarity]) => at(pooled, similarity)),
    worst_group: worst,
  };
}

/** Half way between the last impostor that passes and the first that does not, so that neither sits on the edge. */
function thresholdAt(scores: ScoreSet, fmr: number): number {
  const { impostor } = scores;
  const { fmr: reached } = pointAtFmr({ ...scores, genuine: impostor }, fmr);
  const descending = [...impostor].sort((a, b) => b - a);
  const passing = Math.round(reached * impostor.length);
  const below = descending[passing] ?? -1;
  const above = passing > 0 ? (descending[passing - 1] ?? 1) : below;
  return round((below + above) / 2);
}

export function pool(sets: readonly ScoreSet[]): ScoreSet {
  return {
    genuine: sets.flatMap(({ genuine }) => genuine),
    impostor: sets.flatMap(({ impostor }) => impostor),
    failedGenuine: sets.reduce((sum, { failedGenuine }) => sum + failedGenuine, 0),
  };
}

function strictlyRising(curve: readonly [number, number][]): [number, number][] {
  return curve.filter(([cosine], i) => i === 0 || cosine > (curve[i - 1]?.[0] ?? -1));
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
