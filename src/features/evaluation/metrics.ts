/** Error rates of a comparison from its scores, by the definitions of ISO/IEC 19795-1. Higher score = more alike. */

export interface ScoreSet {
  /** Scores of pairs of one person. */
  readonly genuine: readonly number[];
  /** Scores of pairs of two people. */
  readonly impostor: readonly number[];
  /** Genuine pairs without a score, because an image gave no face: they count as non-matches at any threshold. */
  readonly failedGenuine: number;
}

export interface OperatingPoint {
  /** A pair matches when its score is at least this. */
  readonly threshold: number;
  /** False match rate: impostor pairs that match, of those with a score. */
  readonly fmr: number;
  /** False non-match rate: genuine pairs that do not match, of all. */
  readonly fnmr: number;
}

/** Undefined rates (no pairs of a kind) are NaN, so that nobody takes them for zero. */
export function ratesAt(scores: ScoreSet, threshold: number): OperatingPoint {
  const { genuine, impostor, failedGenuine } = scores;
  const accepted = impostor.filter((score) => score >= threshold).length;
  const rejected = genuine.filter((score) => score < threshold).length + failedGenuine;
  return {
    threshold,
    fmr: accepted / impostor.length,
    fnmr: rejected / (genuine.length + failedGenuine),
  };
}

/**
 * Every point where a rate changes, from the most lenient to the strictest threshold:
 * FMR falls from 1 to 0, FNMR rises to 1.
 */
export function operatingPoints(scores: ScoreSet): OperatingPoint[] {
  const genuine = [...scores.genuine].sort((a, b) => a - b);
  const impostor = [...scores.impostor].sort((a, b) => a - b);
  const thresholds = [...new Set([...genuine, ...impostor])].sort((a, b) => a - b);
  const total = genuine.length + scores.failedGenuine;
  const points: OperatingPoint[] = [];
  let rejected = 0;
  let dismissed = 0;
  for (const threshold of [...thresholds, Number.POSITIVE_INFINITY]) {
    while (rejected < genuine.length && (genuine[rejected] as number) < threshold) rejected++;
    while (dismissed < impostor.length && (impostor[dismissed] as number) < threshold) dismissed++;
    points.push({
      threshold,
      fmr: (impostor.length - dismissed) / impostor.length,
      fnmr: (rejected + scores.failedGenuine) / total,
    });
  }
  return points;
}

/** The most lenient threshold whose FMR is at most `fmr`. With too few impostor pairs to resolve it that is FMR 0. */
export function pointAtFmr(scores: ScoreSet, fmr: number): OperatingPoint {
  const points = operatingPoints(scores);
  return (points.find((point) => point.fmr <= fmr) ?? points.at(-1)) as OperatingPoint;
}

/** Where FMR and FNMR cross, on straight lines between the points; NaN without pairs of both kinds. */
export function equalErrorRate(scores: ScoreSet): number {
  let before: OperatingPoint = { threshold: Number.NEGATIVE_INFINITY, fmr: 1, fnmr: 0 };
  for (const point of operatingPoints(scores)) {
    const gap = point.fnmr - point.fmr;
    if (gap >= 0) {
      const gapBefore = before.fmr - before.fnmr;
      const share = gapBefore + gap === 0 ? 0 : gapBefore / (gapBefore + gap);
      return before.fmr + share * (point.fmr - before.fmr);
    }
    before = point;
  }
  return Number.NaN;
}

/** 95 % interval of a proportion (Wilson 1927): honest for few trials and for none failed. */
export function wilson95(hits: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1];
  const z = 1.959964;
  const p = hits / trials;
  const centre = p + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/** One search of a gallery: what it should have found, and what came out on top. */
export interface SearchTrial {
  /** Whether the probe's person is enrolled at all. */
  readonly mated: boolean;
  /** Best score over the gallery; −∞ when the probe gave no face. */
  readonly topScore: number;
  /** Best score belongs to the probe's own person. */
  readonly topIsMate: boolean;
}

export interface SearchRates {
  readonly threshold: number;
  /** False positive identification rate: non-mated searches that return somebody. */
  readonly fpir: number;
  /** False negative identification rate: mated searches whose person is not returned first at the threshold. */
  readonly fnir: number;
}

/** The most lenient threshold whose FPIR is at most `fpir` (ISO/IEC 19795-1 with rank 1). */
export function searchAtFpir(trials: readonly SearchTrial[], fpir: number): SearchRates {
  const others = trials.filter(({ mated }) => !mated);
  const mated = trials.filter((trial) => trial.mated);
  const descending = others.map(({ topScore }) => topScore).sort((a, b) => b - a);
  const firstRefused = descending[Math.floor(fpir * others.length)] ?? Number.NEGATIVE_INFINITY;
  const returned = (trial: SearchTrial) => trial.topScore > firstRefused;
  return {
    threshold: firstRefused,
    fpir: others.filter(returned).length / others.length,
    fnir: mated.filter((trial) => !(trial.topIsMate && returned(trial))).length / mated.length,
  };
}

/** Share of mated searches whose best candidate is the right person, whatever its score. */
export function rankOneRate(trials: readonly SearchTrial[]): number {
  const mated = trials.filter((trial) => trial.mated);
  return mated.filter(({ topIsMate }) => topIsMate).length / mated.length;
}
