import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { decodeTiff } from '../../platform/media/tiff.ts';
import { readMrzTask } from '../documents/index.ts';
import { parseCsv } from './csv.ts';
import type { OnProgress } from './embed-files.usecase.ts';
import { type MrzOutcome, type MrzReport, reportMrz } from './mrz-evaluation.ts';

export interface EvaluateMrzOptions {
  /** Text of a CSV with `file,format,line1,line2,…`, or `file,text` for pictures of single lines. */
  readonly truth: string;
  readonly root: string;
  readonly today: string;
  readonly concurrency?: number;
  readonly onProgress?: OnProgress;
}

/** Reads every listed picture and compares it line by line with what it is known to say. */
export async function evaluateMrz(
  runner: TaskRunner,
  { truth, root, today, concurrency = 2, onProgress }: EvaluateMrzOptions,
): Promise<MrzReport> {
  const rows = parseCsv(truth, ['file'], 'truth');
  const outcomes: MrzOutcome[] = [];
  const queue = [...rows.entries()];
  let done = 0;
  async function work(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, row] = next;
      outcomes[index] = await readRow(runner, root, today, row);
      onProgress?.(++done, rows.length);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  return reportMrz(outcomes);
}

async function readRow(
  runner: TaskRunner,
  root: string,
  today: string,
  row: Record<string, string | undefined> & { file: string },
): Promise<MrzOutcome> {
  const { file } = row;
  const singleLine = row.line1 === undefined && row.text !== undefined;
  const truth = singleLine
    ? [row.text ?? '']
    : [row.line1, row.line2, row.line3].filter((line) => line !== undefined && line !== '');
  const unread = { file, truth: truth as string[], read: [], accepted: [], corrections: 0 };
  try {
    const bytes = await readFile(resolve(root, file));
    const image = await decodeTiff(bytes);
    const input = { ...(image ? { image } : { bytes }), name: file, today, singleLine };
    const { zone, line, cpuMs } = await runner.run(readMrzTask, input);
    const read = zone?.lines ?? (line ? [line.text] : []);
    return {
      ...unread,
      read,
      accepted: zone?.accepted ?? [],
      corrections: zone?.corrections.length ?? 0,
      failedChecks: zone?.failedChecks ?? [],
      cpuMs,
    };
  } catch (error) {
    if (error instanceof AppError && !error.code.startsWith('image_')) throw error;
    const code = error instanceof AppError ? error.code : 'file_unreadable';
    return { ...unread, failure: code };
  }
}
