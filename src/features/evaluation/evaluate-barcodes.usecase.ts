import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Barcode } from '../../core/barcode.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { decodeImage } from '../../platform/media/image.ts';
import { readBarcodesTask } from '../documents/index.ts';
import { parseCsv } from './csv.ts';
import type { OnProgress } from './embed-files.usecase.ts';

export interface EvaluateBarcodesOptions {
  /** Text of a CSV with `file,encoding,content`; encoding is `text` or `hex`. */
  readonly truth: string;
  readonly root: string;
  readonly onProgress?: OnProgress;
}

export interface BarcodeReport {
  readonly images: number;
  readonly read: number;
  readonly exact: number;
  /** Processor time without decoding. */
  readonly ms_median: number;
  readonly failures: readonly { readonly file: string; readonly code: string }[];
}

/** Reads every listed picture and compares what its symbols say. */
export async function evaluateBarcodes(
  runner: TaskRunner,
  { truth, root, onProgress }: EvaluateBarcodesOptions,
): Promise<BarcodeReport> {
  const rows = parseCsv(truth, ['file', 'encoding', 'content'], 'truth');
  const outcomes: Outcome[] = [];
  for (const [i, row] of rows.entries()) {
    outcomes.push(await readRow(runner, root, row));
    onProgress?.(i + 1, rows.length);
  }
  const times = outcomes.flatMap(({ cpuMs }) => cpuMs ?? []).sort((a, b) => a - b);
  return {
    images: rows.length,
    read: outcomes.filter(({ code }) => code === 'exact' || code === 'misread').length,
    exact: outcomes.filter(({ code }) => code === 'exact').length,
    ms_median: Math.round(times[times.length >> 1] ?? 0),
    failures: outcomes
      .filter(({ code }) => code !== 'exact')
      .map(({ file, code }) => ({ file, code })),
  };
}

interface Outcome {
  readonly file: string;
  /** `exact`, `misread`, `not_read`, or why the picture could not be opened. */
  readonly code: string;
  readonly cpuMs?: number;
}

async function readRow(
  runner: TaskRunner,
  root: string,
  { file, encoding, content }: Record<'file' | 'encoding' | 'content', string>,
): Promise<Outcome> {
  try {
    const bytes = await readFile(resolve(root, file));
    // Crops of bare symbols are smaller than any photograph that the platform accepts.
    const image = await decodeImage(bytes, file, { minSide: 1 });
    const { barcodes, cpuMs } = await runner.run(readBarcodesTask, { image, name: file });
    if (barcodes.length === 0) return { file, code: 'not_read', cpuMs };
    const isRight = barcodes.some((barcode) => says(barcode, encoding, content));
    return { file, code: isRight ? 'exact' : 'misread', cpuMs };
  } catch (error) {
    if (error instanceof AppError && !error.code.startsWith('image_')) throw error;
    return { file, code: error instanceof AppError ? error.code : 'file_unreadable' };
  }
}

/** Text may stand in the list with its control characters and quotes escaped. */
function says({ text, bytes }: Barcode, encoding: string, content: string): boolean {
  if (encoding === 'hex') return Buffer.from(bytes).toString('hex') === content.toLowerCase();
  return text === content || text === unescaped(content);
}

function unescaped(content: string): string {
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return content.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code, char) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : (escapes[char] ?? char),
  );
}
