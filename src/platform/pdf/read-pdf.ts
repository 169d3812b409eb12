import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TextItem } from 'pdfjs-dist/types/src/display/api.js';
import { AppError } from '../../core/errors.ts';
import { type PdfFile, type PdfPage, pdfLimits } from '../../core/pdf.ts';
import type { TextPicture, TextWord } from '../../core/text.ts';
import { checkStreams } from './check-streams.ts';

/** Longest side of a drawn page in pixels: 150 dots an inch on A4. */
const drawnSide = 1_754;
/** Fewer letters are a stamp or a page number over a scan. */
const fewestLetters = 60;
/** Of one page; a dense one has about a thousand. */
const mostWords = 2_000;
/** A scan is drawn in a handful of steps. */
const mostSteps = 50_000;
/** A bill takes a fraction of a second. The library mostly yields while it works, so that it can be left alone after this. */
const patienceMs = 8_000;

type Pdfjs = typeof import('pdfjs-dist/legacy/build/pdf.mjs');
type Document = Awaited<ReturnType<Pdfjs['getDocument']>['promise']>;
type Page = Awaited<ReturnType<Document['getPage']>>;

/**
 * Reads a PDF of a stranger: text where there is a text layer, otherwise the page drawn. No script of it runs (there is
 * no engine for them here), nothing is fetched, fonts and character maps come from the installed package. Meant for
 * vision processes: it may hang on hostile files, and the pool's timeout ends it then.
 * @throws AppError image_missing | pdf_too_large | pdf_encrypted | pdf_unreadable
 */
export async function readPdf(bytes: Uint8Array, name: string): Promise<PdfFile> {
  checkFile(bytes, name);
  checkStreams(bytes, name);
  // Loaded at first use: most vision processes never see a PDF.
  const pdfjs = await import('pdfjs-dist/legacy/build/pdf.mjs');
  outliveTheUnheard();
  const loading = pdfjs.getDocument({ data: new Uint8Array(bytes), ...safeOptions() });
  try {
    return await inTime(readPages(loading.promise, name), name);
  } catch (error) {
    throw refusalOf(error, name);
  } finally {
    // Not awaited: a file that does not end would not let go either.
    loading.destroy().catch(() => undefined);
  }
}

let outlives = false;

/**
 * Of some damaged files the library leaves a failure unheard, which would end the process; what could not be read it
 * tells us by another promise. Failures of anybody else still end the process.
 */
function outliveTheUnheard(): void {
  if (outlives) return;
  outlives = true;
  process.on('unhandledRejection', (reason) => {
    const isOfLibrary = reason instanceof Error && reason.stack?.includes('pdfjs-dist');
    if (!isOfLibrary) throw reason;
  });
}

async function readPages(opening: Promise<Document>, name: string): Promise<PdfFile> {
  const file = await opening;
  if (file.numPages > pdfLimits.maxPages) {
    throw tooLarge(name, `${file.numPages} pages; at most ${pdfLimits.maxPages} are accepted`);
  }
  const pages: PdfPage[] = [];
  for (let number = 1; number <= Math.min(file.numPages, pdfLimits.pagesRead); number++) {
    pages.push(await readPage(await file.getPage(number), name));
  }
  const producer = producerOf((await file.getMetadata()).info);
  return { pageCount: file.numPages, pages, ...(producer && { producer }) };
}

async function inTime<T>(work: Promise<T>, name: string): Promise<T> {
  const fault = `its pages take more than ${patienceMs / 1000} seconds to draw`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLarge(name, fault)), patienceMs);
  });
  // What comes after the deadline is of no interest, errors included.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function safeOptions() {
  const root = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
  return {
    isEvalSupported: false,
    enableXfa: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    disableAutoFetch: true,
    disableStream: true,
    disableRange: true,
    // Pixels of one embedded picture.
    maxImageSize: 40_000_000,
    cMapUrl: join(root, 'cmaps/'),
    cMapPacked: true,
    standardFontDataUrl: join(root, 'standard_fonts/'),
    wasmUrl: join(root, 'wasm/'),
    verbosity: 0,
  };
}

function checkFile(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) throw new AppError('image_missing', `\`${name}\`: the file is empty`);
  if (bytes.length > pdfLimits.maxBytes) {
    throw tooLarge(name, `${bytes.length} bytes; at most ${pdfLimits.maxBytes} are accepted`);
  }
}

function tooLarge(name: string, fault: string): AppError {
  return new AppError('pdf_too_large', `\`${name}\`: ${fault}`);
}

async function readPage(page: Page, name: string): Promise<PdfPage> {
  const { width, height } = page.getViewport({ scale: 1 });
  const isSane = [width, height].every(
    (side) => side >= pdfLimits.minSide && side <= pdfLimits.maxSide,
  );
  if (!isSane) {
    const size = `a page of ${Math.round(width)} × ${Math.round(height)} points`;
    const range = `${pdfLimits.minSide} to ${pdfLimits.maxSide}`;
    throw tooLarge(name, `${size}; sides of ${range} are accepted`);
  }
  const words = await wordsOf(page);
  const letters = words.reduce((sum, { text }) => sum + text.length, 0);
  if (letters >= fewestLetters) return { width, height, words };
  return { width, height, words: [], picture: await draw(page, name) };
}

/** Words with their places; a run of text is shared out by letters. */
async function wordsOf(page: Page): Promise<TextWord[]> {
  const viewport = page.getViewport({ scale: 1 });
  const toView = viewport.convertToViewportPoint.bind(viewport);
  const words: TextWord[] = [];
  const reader = page.streamTextContent().getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const { items } = chunk.value as { items: (TextItem | { readonly type: string })[] };
    words.push(...items.flatMap((item) => ('str' in item ? splitItem(item, toView) : [])));
    if (words.length >= mostWords) break;
  }
  await reader.cancel(new Error('enough'));
  return words.slice(0, mostWords);
}

function splitItem(
  { str, width, height, transform }: TextItem,
  toView: (x: number, y: number) => number[],
): TextWord[] {
  const [, , , , left, bottom] = transform as number[];
  const [x = 0, y = 0] = toView(left ?? 0, bottom ?? 0);
  const step = width / str.length;
  return [...str.matchAll(/\S+/g)].map(({ 0: text, index }) => ({
    text,
    confidence: 100,
    box: { x: x + step * index, y: y - height, width: step * text.length, height },
  }));
}

async function draw(page: Page, name: string): Promise<TextPicture> {
  const { fnArray } = await page.getOperatorList();
  if (fnArray.length > mostSteps) {
    throw tooLarge(name, `a page of ${fnArray.length} drawing steps; ${mostSteps} are accepted`);
  }
  const { createCanvas } = await import('@napi-rs/canvas');
  const natural = page.getViewport({ scale: 1 });
  const scale = drawnSide / Math.max(natural.width, natural.height);
  const viewport = page.getViewport({ scale });
  const [width, height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  // The library takes a browser's canvas; this one has the same members.
  const target = { canvas, canvasContext: context } as unknown as Parameters<Page['render']>[0];
  await page.render({ ...target, viewport }).promise;
  const { data } = context.getImageData(0, 0, width, height);
  const gray = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < gray.length; i++, p += 4) {
    const [r = 0, g = 0, b = 0] = [data[p], data[p + 1], data[p + 2]];
    gray[i] = (r * 77 + g * 150 + b * 29 + 128) >> 8;
  }
  return { data: gray, width, height };
}

function producerOf(info: object): string | undefined {
  const { Producer: producer } = info as { Producer?: unknown };
  return typeof producer === 'string' && producer !== '' ? producer.slice(0, 100) : undefined;
}

/** Words of the library may quote the file: they stay inside. */
function refusalOf(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error;
  const kind = error instanceof Error ? error.name : '';
  if (kind === 'PasswordException') {
    return new AppError('pdf_encrypted', `\`${name}\`: the file asks for a password`);
  }
  return new AppError('pdf_unreadable', `\`${name}\`: the PDF is damaged`);
}
