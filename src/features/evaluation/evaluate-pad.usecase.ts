import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { decidePassive, PASSIVE_THRESHOLD, passiveLiveness } from '../liveness/index.ts';
import type { ModelPack } from '../models/index.ts';
import { parseCsv } from './csv.ts';
import type { OnProgress } from './embed-files.usecase.ts';
import { type PadReport, type PadTrial, reportPad } from './pad-report.ts';

export interface EvaluatePadOptions {
  /** Text of a CSV with `file,live`, usually also `attack,subject`; pictures and recordings. */
  readonly list: string;
  readonly root: string;
  readonly concurrency?: number;
  readonly onProgress?: OnProgress;
}

const videoExtensions = new Set(['.mp4', '.m4v', '.mov', '.mkv', '.webm']);

/** Passive liveness on every listed file. What cannot be read or has no face counts as without an answer. */
export async function evaluatePad(
  runner: TaskRunner,
  pack: Pick<ModelPack, 'identities'>,
  { list, root, concurrency = 2, onProgress }: EvaluatePadOptions,
): Promise<PadReport> {
  const rows = parseCsv(list, ['file', 'live'], 'list');
  const trials: PadTrial[] = [];
  const queue = [...rows.entries()];
  let done = 0;
  async function work(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, row] = next;
      trials[index] = await judgeRow(runner, root, row);
      onProgress?.(++done, rows.length);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  const model = pack.identities.pad;
  return reportPad(trials, {
    threshold: PASSIVE_THRESHOLD,
    model: model ? { name: model.name, sha256: model.sha256 } : null,
  });
}

async function judgeRow(
  runner: TaskRunner,
  root: string,
  row: Record<string, string | undefined> & { file: string; live: string },
): Promise<PadTrial> {
  const { file } = row;
  const isBonaFide = /^(1|true|yes)$/i.test(row.live.trim());
  const common = {
    file,
    isBonaFide,
    species: isBonaFide ? 'bona_fide' : row.attack || 'attack',
    subject: row.subject ?? '',
  };
  const silent = (code: string) => ({ ...common, score: null, accepted: false, reasons: [code] });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(root, file));
  } catch {
    return silent('file_unreadable');
  }
  try {
    const isVideo = videoExtensions.has(extname(file).toLowerCase());
    const facts = await runner.run(passiveLiveness, { bytes, name: file, isVideo });
    const { verdict, score, reasons } = decidePassive(facts);
    return { ...common, score, accepted: verdict === 'live', reasons };
  } catch (error) {
    // The data set's faults are results; faults of the installation must end the evaluation.
    if (!(error instanceof AppError) || !/^(image|video)_/.test(error.code)) throw error;
    return silent(error.code);
  }
}
