import type { FileFailure } from './embed-files.usecase.ts';
import {
  equalErrorRate,
  type OperatingPoint,
  operatingPoints,
  pointAtFmr,
  ratesAt,
  type ScoreSet,
  wilson95,
} from './metrics.ts';

/** A listed pair; without a cosine one of its images gave no face. */
export interface PairScores {
  readonly same: boolean;
  readonly group: string | undefined;
  readonly cosine?: number;
  readonly similarity?: number;
  /** `quality.overall` of the worse of the two faces. */
  readonly quality?: number;
}

/** What a quality filter would do: rates of the pairs whose faces both pass it. */
export interface FilterRates {
  readonly filter: string;
  /** Share of the pairs with two faces that the filter lets through. */
  readonly pairs_kept: number | null;
  readonly fmr: number | null;
  readonly fnmr: number | null;
}

/** Rates of all pairs, or of one group of them. JSON as it is printed; rates are fractions, null when undefined. */
export interface FaceRates {
  readonly pairs: number;
  readonly genuine: number;
  readonly impostor: number;
  /** Pairs with an image without a face. Genuine ones count as non-matches, impostor ones are left out of FMR. */
  readonly pairs_failed: { readonly genuine: number; readonly impostor: number };
  readonly eer: number | null;
  readonly fnmr_at_fmr: Readonly<Record<'0.01' | '0.001', number | null>>;
  /** The cosine at which those FMRs are reached on these very pairs. */
  readonly cosine_at_fmr: Readonly<Record<'0.01' | '0.001', number | null>>;
  /** At the one threshold that all groups share. */
  readonly at_threshold: {
    readonly similarity: number;
    readonly fmr: number | null;
    readonly fnmr: number | null;
    readonly fmr_wilson95: readonly [number, number];
    readonly fnmr_wilson95: readonly [number, number];
  };
}

export interface FaceReport extends FaceRates {
  readonly pack: string;
  readonly model: { readonly name: string; readonly sha256: string };
  readonly groups: Readonly<Record<string, FaceRates>>;
  /** At the threshold, by level of the quality filter; pairs without two faces are left out. */
  readonly quality_filters: readonly FilterRates[];
  readonly images: number;
  /** Images that gave no face or could not be read; each is named in `failures`. */
  readonly failures_to_extract: number;
  readonly failures: readonly FileFailure[];
  readonly cpu_ms_per_image: number;
  readonly warnings: readonly string[];
  /** Threshold curve on all pairs, thinned out: what the plots show. */
  readonly curve: readonly { cosine: number; fmr: number; fnmr: number }[];
  readonly histogram: ScoreHistogram;
}

export interface ScoreHistogram {
  readonly from: number;
  readonly to: number;
  readonly genuine: readonly number[];
  readonly impostor: readonly number[];
}

type Summary = FaceRates & Pick<FaceReport, 'groups' | 'curve' | 'histogram'>;

/** `filters`: the least quality by level. */
export function filterRates(
  pairs: readonly PairScores[],
  threshold: number,
  filters: Readonly<Record<string, number>>,
): FilterRates[] {
  const scored = pairs.filter(({ cosine }) => cosine !== undefined);
  return Object.entries(filters).map(([filter, least]) => {
    const kept = scored.filter(({ quality = 0 }) => quality >= least);
    const { fmr, fnmr } = ratesAt(
      scoreSet(kept, ({ similarity }) => similarity),
      threshold,
    );
    const share = numberOrNull(kept.length / scored.length);
    return { filter, pairs_kept: share, fmr: numberOrNull(fmr), fnmr: numberOrNull(fnmr) };
  });
}

export function summarise(pairs: readonly PairScores[], threshold: number): Summary {
  const groups: Record<string, FaceRates> = {};
  for (const name of [...new Set(pairs.map(({ group }) => group))].sort()) {
    if (name === undefined) continue;
    groups[name] = rates(
      pairs.filter(({ group }) => group === name),
      threshold,
    );
  }
  const scores = scoreSet(pairs, ({ cosine }) => cosine);
  return {
    ...rates(pairs, threshold),
    groups,
    curve: thin(operatingPoints(scores), 400).map(toCurvePoint),
    histogram: histogram(scores, 40),
  };
}

function rates(pairs: readonly PairScores[], threshold: number): FaceRates {
  const scores = scoreSet(pairs, ({ cosine }) => cosine);
  const { genuine, impostor, failedGenuine } = scores;
  const ofGenuine = genuine.length + failedGenuine;
  const listedImpostor = pairs.filter(({ same }) => !same).length;
  const common = ratesAt(
    scoreSet(pairs, ({ similarity }) => similarity),
    threshold,
  );
  const at = (fmr: number) => pointAtFmr(scores, fmr);
  const isComplete = ofGenuine > 0 && impostor.length > 0;
  return {
    pairs: pairs.length,
    genuine: ofGenuine,
    impostor: listedImpostor,
    pairs_failed: { genuine: failedGenuine, impostor: listedImpostor - impostor.length },
    eer: numberOrNull(isComplete ? equalErrorRate(scores) : Number.NaN),
    fnmr_at_fmr: {
      '0.01': isComplete ? numberOrNull(at(0.01).fnmr) : null,
      '0.001': isComplete ? numberOrNull(at(0.001).fnmr) : null,
    },
    cosine_at_fmr: {
      '0.01': isComplete ? numberOrNull(at(0.01).threshold) : null,
      '0.001': isComplete ? numberOrNull(at(0.001).threshold) : null,
    },
    at_threshold: {
      similarity: threshold,
      fmr: numberOrNull(common.fmr),
      fnmr: numberOrNull(common.fnmr),
      fmr_wilson95: interval(common.fmr, impostor.length),
      fnmr_wilson95: interval(common.fnmr, ofGenuine),
    },
  };
}

function scoreSet(
  pairs: readonly PairScores[],
  score: (pair: PairScores) => number | undefined,
): ScoreSet {
  const of = (same: boolean) => pairs.filter((pair) => pair.same === same).map(score);
  const isScore = (value: number | undefined) => value !== undefined;
  const genuine = of(true);
  const scored = genuine.filter(isScore);
  return {
    genuine: scored,
    impostor: of(false).filter(isScore),
    failedGenuine: genuine.length - scored.length,
  };
}

function interval(rate: number, trials: number): [number, number] {
  const [low, high] = wilson95(Math.round((Number.isNaN(rate) ? 0 : rate) * trials), trials);
  return [round(low), round(high)];
}

function histogram({ genuine, impostor }: ScoreSet, bins: number): ScoreHistogram {
  const all = [...genuine, ...impostor];
  const from = all.reduce((least, score) => Math.min(least, score), 1);
  const to = all.reduce((most, score) => Math.max(most, score), -1);
  const count = (scores: readonly number[]) => {
    const counts = new Array<number>(bins).fill(0);
    for (const score of scores) {
      const bin = Math.min(bins - 1, Math.floor(((score - from) / (to - from || 1)) * bins));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts;
  };
  return { from, to, genuine: count(genuine), impostor: count(impostor) };
}

function thin(points: readonly OperatingPoint[], most: number): OperatingPoint[] {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, i) => i % step === 0 && i < points.length - 1);
}

function toCurvePoint({ threshold, fmr, fnmr }: OperatingPoint) {
  return { cosine: round(threshold), fmr: round(fmr), fnmr: round(fnmr) };
}

/** JSON has no NaN; an undefined rate is null. */
export function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? round(value) : null;
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
