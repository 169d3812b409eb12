import type { ModelRef } from '../../core/model.ts';
import type { TaskRunner } from '../../core/task.ts';
import {
  compareTwo,
  DEFAULT_SIMILARITY_THRESHOLD,
  minimumOverall,
  toSimilarity,
} from '../faces/index.ts';
import type { ModelPack } from '../models/index.ts';
import { parseCsv } from './csv.ts';
import { type EmbeddedFiles, type EmbedOptions, embedFiles } from './embed-files.usecase.ts';
import { type FaceReport, filterRates, type PairScores, summarise } from './face-report.ts';

export interface EvaluateFacesOptions extends EmbedOptions {
  /** Text of a CSV with `file_a,file_b,same`. */
  readonly pairs: string;
  /** A further column: rates are also given for each of its values. */
  readonly groupBy?: string;
}

/** 1:1 comparison of every listed pair. Deterministic but for the time it took. */
export async function evaluateFaces(
  runner: TaskRunner,
  pack: Pick<ModelPack, 'calibration' | 'warnings' | 'identities' | 'name'>,
  options: EvaluateFacesOptions,
): Promise<FaceReport> {
  const required = ['file_a', 'file_b', 'same', ...(options.groupBy ? [options.groupBy] : [])];
  const rows = parseCsv(options.pairs, required, 'pairs');
  const files = rows.flatMap(({ file_a, file_b }) => [file_a ?? '', file_b ?? '']);
  const embedded = await embedFiles(runner, files, options);
  const scores = rows.map((row): PairScores => {
    const cosine = compareFiles(embedded, row.file_a, row.file_b);
    return {
      same: isTrue(row.same),
      group: options.groupBy && (row[options.groupBy] ?? ''),
      ...(cosine !== undefined && {
        cosine,
        similarity: toSimilarity(cosine, pack.calibration),
        quality: Math.min(qualityOf(embedded, row.file_a), qualityOf(embedded, row.file_b)),
      }),
    };
  });
  return {
    pack: pack.name,
    model: shortRef(pack.identities['face-embedding']),
    ...summarise(scores, DEFAULT_SIMILARITY_THRESHOLD),
    quality_filters: filterRates(scores, DEFAULT_SIMILARITY_THRESHOLD, minimumOverall),
    images: embedded.faces.size + embedded.failures.length,
    failures_to_extract: embedded.failures.length,
    failures: embedded.failures,
    cpu_ms_per_image: Math.round(embedded.cpuMsPerImage * 10) / 10,
    warnings: [...pack.warnings],
  };
}

export function shortRef(model: ModelRef | undefined): { name: string; sha256: string } {
  return { name: model?.name ?? 'unknown', sha256: model?.sha256 ?? '' };
}

function compareFiles(
  { faces }: EmbeddedFiles,
  fileA: string | undefined,
  fileB: string | undefined,
): number | undefined {
  const a = faces.get(fileA ?? '');
  const b = faces.get(fileB ?? '');
  const noModels = { calibration: undefined, warnings: [] };
  return a && b ? compareTwo(a, b, noModels).cosine : undefined;
}

function qualityOf({ faces }: EmbeddedFiles, file: string | undefined): number {
  return faces.get(file ?? '')?.quality.overall ?? 0;
}

function isTrue(text: string | undefined): boolean {
  return /^(1|true|yes)$/i.test(text?.trim() ?? '');
}
