import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { crossCheckReading, readDocument, visualFieldNames } from '../documents/index.ts';
import { parseCsv } from './csv.ts';
import type { OnProgress } from './embed-files.usecase.ts';
import { type FieldOutcome, type FieldsReport, reportFields } from './fields-evaluation.ts';

export interface EvaluateFieldsOptions {
  /** Text of a CSV with `file`, a column for each field that is printed, and optionally `template`. */
  readonly truth: string;
  readonly root: string;
  readonly today: string;
  /** Read by labels alone, as a document that no template knows. */
  readonly withoutTemplates?: boolean;
  readonly onProgress?: OnProgress;
}

/** Reads the print of every listed picture and compares it field by field with what it is known to say. */
export async function evaluateFields(
  runner: TaskRunner,
  { truth, root, today, withoutTemplates = false, onProgress }: EvaluateFieldsOptions,
): Promise<FieldsReport> {
  const rows = parseCsv(truth, ['file'], 'truth');
  const outcomes: FieldOutcome[] = [];
  const times: number[] = [];
  const accused: string[] = [];
  const failures: { file: string; code: string }[] = [];
  for (const [i, row] of rows.entries()) {
    const expected = visualFieldNames.flatMap((field) => {
      const value = row[field];
      return value
        ? [{ file: row.file, relation: row.template ?? '', field, expected: value }]
        : [];
    });
    try {
      const bytes = await readFile(resolve(root, row.file));
      const input = { bytes, name: row.file, today, withoutTemplates };
      const reading = await runner.run(readDocument, input);
      times.push(reading.cpuMs);
      if (crossCheckReading(reading).some(({ agreement }) => agreement === 'differs')) {
        accused.push(row.file);
      }
      const fields = new Map(reading.visual?.fields.map((field) => [field.name, field]));
      for (const outcome of expected) {
        const found = fields.get(outcome.field);
        const { value: read, assignedBy, confidence } = found ?? {};
        outcomes.push({ ...outcome, read, assignedBy, confidence });
      }
    } catch (error) {
      if (error instanceof AppError && !/^(image_|vision_timeout)/.test(error.code)) throw error;
      failures.push({ file: row.file, code: codeOf(error) });
      outcomes.push(...expected);
    }
    onProgress?.(i + 1, rows.length);
  }
  return reportFields({ outcomes, times, accused, failures });
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'file_unreadable';
}
