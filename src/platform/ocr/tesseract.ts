import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createWorker, PSM, type Worker } from 'tesseract.js';
import type { TextLayout, TextPicture, TextWord } from '../../core/text.ts';

/**
 * French letters and digits read Latin print of all Europe best of the packaged languages, and cheaper than English;
 * two languages cost twice (docs/documents.md).
 */
const language = 'fra';

/** A page takes half a second of processor time; noise may take minutes, and says nothing. */
const patienceMs = 8_000;

let opening: Promise<Worker> | undefined;

/**
 * Words of upright text, none where the reader was still busy after `patienceMs`: it is then started anew. The reader (tesseract, LSTM) starts at first use, in one thread of this process, and stays.
 * Its data comes from the installed package: nothing is downloaded and nothing is written to disk.
 */
export async function readText(
  picture: TextPicture,
  layout: TextLayout = 'page',
): Promise<readonly TextWord[]> {
  const worker = await openWorker();
  // The thread holds the process only while it reads.
  threadOf(worker)?.ref();
  try {
    const mode = layout === 'line' ? PSM.SINGLE_LINE : PSM.SPARSE_TEXT;
    const options = { tessedit_pageseg_mode: mode } as Record<string, string>;
    const reading = worker.recognize(toPgm(picture), options, { text: false, tsv: true });
    const result = await Promise.race([reading, giveUp()]);
    if (result) return wordsOf(result.data.tsv ?? '');
    opening = undefined;
    // Its answer, or the failure that the end of its thread is, has nobody left to hear it.
    reading.catch(() => undefined);
    await worker.terminate();
    return [];
  } finally {
    threadOf(worker)?.unref();
  }
}

function giveUp(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), patienceMs).unref());
}

function openWorker(): Promise<Worker> {
  opening ??= startWorker();
  // A failed start is tried again by the next picture.
  opening.catch(() => {
    opening = undefined;
  });
  return opening;
}

async function startWorker(): Promise<Worker> {
  const data = createRequire(import.meta.url).resolve(
    `@tesseract.js-data/${language}/package.json`,
  );
  const worker = await createWorker(language, undefined, {
    langPath: join(dirname(data), '4.0.0_best_int'),
    cacheMethod: 'none',
    gzip: true,
    // Without one the library throws where nobody can catch; the rejected promise says the same.
    errorHandler: () => undefined,
  });
  await worker.setParameters({
    // Sauvola: prints on patterned ground keep their strokes.
    thresholding_method: '2',
    // Every line that is read badly would be read again as light letters on dark: a third of the time, for headers.
    tessedit_do_invert: '0',
    debug_file: '/dev/null',
  } as Parameters<Worker['setParameters']>[0]);
  threadOf(worker)?.unref();
  return worker;
}

/** The library's types leave the thread out; a reader that was ended has none. */
function threadOf(worker: Worker): { ref(): void; unref(): void } | undefined {
  return (worker as unknown as { worker?: { ref(): void; unref(): void } }).worker;
}

/** Binary PGM: nothing to compress and nothing to guess. */
function toPgm({ data, width, height }: TextPicture): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1'), data]);
}

/** Level, page, block, paragraph, line and word, then box, confidence and text: a level of 5 is a word. */
function wordsOf(table: string): TextWord[] {
  return table.split('\n').flatMap((row) => {
    const columns = row.split('\t');
    const [x, y, width, height, confidence] = columns.slice(6, 11).map(Number) as Numbers;
    const text = columns.slice(11).join('\t');
    const isWord = columns[0] === '5' && text.trim() !== '';
    return isWord ? [{ text, confidence, box: { x, y, width, height } }] : [];
  });
}

type Numbers = [number, number, number, number, number];
