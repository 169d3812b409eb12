import type { TaskRunner } from '../../core/task.ts';
import { compareTwo } from '../faces/index.ts';
import type { ModelPack } from '../models/index.ts';
import { parseCsv } from './csv.ts';
import { type EmbedOptions, embedFiles, type FileFailure } from './embed-files.usecase.ts';
import { shortRef } from './evaluate-faces.usecase.ts';
import { numberOrNull } from './face-report.ts';
import { rankOneRate, type SearchTrial, searchAtFpir, wilson95 } from './metrics.ts';

export interface EvaluateSearchOptions extends EmbedOptions {
  /** Text of a CSV with `file,identity`. */
  readonly gallery: string;
  /** Text of a CSV with `file,identity,mated`. */
  readonly probes: string;
}

/** JSON as it is printed; rates are fractions, null when undefined. */
export interface SearchReport {
  readonly pack: string;
  readonly model: { readonly name: string; readonly sha256: string };
  /** Listed pictures. One that gives no face is enrolled as nobody, and each search for its person fails. */
  readonly gallery: number;
  readonly probes: number;
  readonly mated: number;
  readonly fnir_at_fpir: Readonly<Record<'0.01', number | null>>;
  readonly fnir_wilson95: readonly [number, number];
  readonly cosine_at_fpir: Readonly<Record<'0.01', number | null>>;
  readonly rank1: number | null;
  readonly failures_to_extract: number;
  readonly failures: readonly FileFailure[];
  readonly cpu_ms_per_image: number;
  readonly warnings: readonly string[];
}

/** 1:N identification: every probe against the whole gallery, by exhaustive comparison. */
export async function evaluateSearch(
  runner: TaskRunner,
  pack: Pick<ModelPack, 'warnings' | 'identities' | 'name'>,
  options: EvaluateSearchOptions,
): Promise<SearchReport> {
  const gallery = parseCsv(options.gallery, ['file', 'identity'], 'gallery');
  const probes = parseCsv(options.probes, ['file', 'identity', 'mated'], 'probes');
  const files = [...gallery, ...probes].map(({ file }) => file);
  const { faces, failures, cpuMsPerImage } = await embedFiles(runner, files, options);
  const enrolled = gallery.flatMap(({ file, identity }) => {
    const face = faces.get(file);
    return face ? [{ identity, face }] : [];
  });
  const trials = probes.map(({ file, identity, mated }): SearchTrial => {
    let topScore = Number.NEGATIVE_INFINITY;
    let top: string | undefined;
    const probe = faces.get(file);
    for (const entry of enrolled) {
      if (!probe) break;
      const { cosine } = compareTwo(probe, entry.face, noCalibration);
      if (cosine > topScore) [topScore, top] = [cosine, entry.identity];
    }
    return { mated: mated.trim() === '1', topScore, topIsMate: top === identity };
  });
  const rates = searchAtFpir(trials, 0.01);
  const mated = trials.filter((trial) => trial.mated).length;
  const [low, high] = wilson95(Math.round((rates.fnir || 0) * mated), mated);
  return {
    pack: pack.name,
    model: shortRef(pack.identities['face-embedding']),
    gallery: gallery.length,
    probes: probes.length,
    mated,
    fnir_at_fpir: { '0.01': numberOrNull(rates.fnir) },
    fnir_wilson95: [numberOrNull(low) ?? 0, numberOrNull(high) ?? 1],
    cosine_at_fpir: { '0.01': numberOrNull(rates.threshold) },
    rank1: numberOrNull(rankOneRate(trials)),
    failures_to_extract: failures.length,
    failures,
    cpu_ms_per_image: Math.round(cpuMsPerImage * 10) / 10,
    warnings: [...pack.warnings],
  };
}

const noCalibration = { calibration: undefined, warnings: [] };
