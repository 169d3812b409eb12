import { wilson95 } from './metrics.ts';

/** One presentation: a picture or a recording, and what was made of it. */
export interface PadTrial {
  readonly file: string;
  readonly isBonaFide: boolean;
  /** Of an attack: the kind of thing that was presented. */
  readonly species: string;
  readonly subject: string;
  /** 0…100, null without an answer. */
  readonly score: number | null;
  readonly accepted: boolean;
  readonly reasons: readonly string[];
}

export interface SpeciesRates {
  readonly n: number;
  /** Attack presentation classification error rate: attacks of this species that were accepted. */
  readonly apcer: number;
  readonly wilson95: readonly [number, number];
}

/** In the manner of ISO/IEC 30107-3. Rates are fractions, null where nothing was presented. */
export interface PadReport {
  /** Of the score; at and above it a presentation is accepted. */
  readonly threshold: number;
  readonly model: { readonly name: string; readonly sha256: string } | null;
  readonly n: number;
  readonly bona_fide: number;
  readonly attacks: number;
  /** Bona fide presentations that were refused, those without an answer included. */
  readonly bpcer: number | null;
  readonly bpcer_wilson95: readonly [number, number];
  readonly apcer_by_species: Readonly<Record<string, SpeciesRates>>;
  /** Over all species together: informative, no species stands for another. */
  readonly apcer_all: number | null;
  /** Of the species with at least `SMALLEST_SPECIES` attacks; null when there is none. */
  readonly apcer_worst: { readonly species: string; readonly apcer: number } | null;
  /** Shares without an answer. */
  readonly non_response: { readonly bona_fide: number | null; readonly attack: number | null };
  readonly files: readonly {
    readonly file: string;
    readonly live: boolean;
    readonly species: string;
    readonly subject: string;
    readonly score: number | null;
    readonly accepted: boolean;
    readonly reasons: readonly string[];
  }[];
}

/** A rate from fewer attacks says little about its species. */
const SMALLEST_SPECIES = 20;

export function reportPad(
  trials: readonly PadTrial[],
  { threshold, model }: Pick<PadReport, 'threshold' | 'model'>,
): PadReport {
  const bonaFide = trials.filter(({ isBonaFide }) => isBonaFide);
  const attacks = trials.filter(({ isBonaFide }) => !isBonaFide);
  const refused = bonaFide.filter(({ accepted }) => !accepted).length;
  const bySpecies = ratesBySpecies(attacks);
  return {
    threshold,
    model,
    n: trials.length,
    bona_fide: bonaFide.length,
    attacks: attacks.length,
    bpcer: share(refused, bonaFide.length),
    bpcer_wilson95: interval(refused, bonaFide.length),
    apcer_by_species: bySpecies,
    apcer_all: share(attacks.filter(({ accepted }) => accepted).length, attacks.length),
    apcer_worst: worstOf(bySpecies),
    non_response: { bona_fide: silentShare(bonaFide), attack: silentShare(attacks) },
    files: trials.map(({ isBonaFide, ...trial }) => ({ ...trial, live: isBonaFide })),
  };
}

function ratesBySpecies(attacks: readonly PadTrial[]): Record<string, SpeciesRates> {
  const rates: Record<string, SpeciesRates> = {};
  for (const name of [...new Set(attacks.map(({ species }) => species))].sort()) {
    const own = attacks.filter(({ species }) => species === name);
    const accepted = own.filter((trial) => trial.accepted).length;
    rates[name] = {
      n: own.length,
      apcer: share(accepted, own.length) ?? 0,
      wilson95: interval(accepted, own.length),
    };
  }
  return rates;
}

function worstOf(rates: Readonly<Record<string, SpeciesRates>>): PadReport['apcer_worst'] {
  const large = Object.entries(rates).filter(([, { n }]) => n >= SMALLEST_SPECIES);
  const [worst] = large.sort(([, a], [, b]) => b.apcer - a.apcer);
  return worst ? { species: worst[0], apcer: worst[1].apcer } : null;
}

function silentShare(trials: readonly PadTrial[]): number | null {
  return share(trials.filter(({ score }) => score === null).length, trials.length);
}

function share(count: number, of: number): number | null {
  return of === 0 ? null : round(count / of);
}

function interval(count: number, of: number): [number, number] {
  const [low, high] = wilson95(count, of);
  return [round(low), round(high)];
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
