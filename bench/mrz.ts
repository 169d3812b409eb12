import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createWorker, PSM, type Worker } from 'tesseract.js';
import { readDocument } from '../src/features/documents/read-document.task.ts';
import { readMrzTask } from '../src/features/documents/read-mrz.task.ts';
import { parseCsv } from '../src/features/evaluation/index.ts';
import { resolveModels } from '../src/features/models/index.ts';
import { readBarcodes } from '../src/platform/barcodes/zxing.ts';
import { grayLevels, warpGray } from '../src/vision/image/gray-levels.ts';
import { toLuma } from '../src/vision/image/luma.ts';
import { readMrz } from '../src/vision/tasks/read-mrz.ts';
import { openTaskPorts } from '../test/support/task-ports.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

/**
 * Our reader against tesseract on the same specimens. Tesseract is helped: it gets the upright band that our finder
 * cut out, and the list of allowed characters. `--mrz-data FOLDER` adds a reader with `mrz.traineddata` from there.
 */
const { values: options } = parseArgs({
  options: {
    truth: { type: 'string', default: '../shared/data/documents/mrz_ground_truth.csv' },
    root: { type: 'string', default: '../shared/data/documents' },
    'mrz-data': { type: 'string' },
    json: { type: 'string' },
  },
});
const today = '2026-11-20';
const rows = parseCsv(readFileSync(options.truth, 'utf8'), ['file', 'line1'], 'truth');
const { models } = await resolveModels();
const ports = { ...openTaskPorts(models), readBarcodes };
const [recogniser] = await ports.models('mrz-glyphs');
if (!recogniser) throw new Error('no recogniser is installed');
const english = createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json');
const readers: [string, Worker][] = [
  ['tesseract_eng', await openTesseract('eng', join(dirname(english), '4.0.0_best_int'), true)],
];
const extra = options['mrz-data'];
if (extra) readers.push(['tesseract_mrz', await openTesseract('mrz', resolve(extra), false)]);

const exact = new Map<string, number>();
const times = new Map<string, number[]>();
let lines = 0;
for (const { file, line1, line2, line3 } of rows) {
  const truth = [line1, line2, line3].filter(
    (line) => line !== undefined && line !== '',
  ) as string[];
  lines += truth.length;
  const image = await pixels(resolve(options.root, file));
  const { zone, cpuMs } = await readMrzTask.run(ports, { image, name: file, today });
  book('own', truth, zone?.lines ?? [], cpuMs);
  const [found] = (await readMrz(recogniser, image)).zones;
  if (!found) continue;
  const band = await cutBand(image, found.corners);
  for (const [name, worker] of readers) {
    const before = process.cpuUsage();
    const { data } = await worker.recognize(band);
    const { user, system } = process.cpuUsage(before);
    const read = data.text.split('\n').map((line) => line.replaceAll(/[^A-Z0-9<]/g, ''));
    book(
      name,
      truth,
      read.filter((line) => line.length > 5),
      (user + system) / 1000,
    );
  }
}
for (const [, worker] of readers) await worker.terminate();

const report: BenchRow[] = [{ what: 'lines', value: lines, unit: 'count' }];
for (const [name, count] of exact) {
  const isOurs = name === 'own';
  const median = (times.get(name) ?? []).sort((a, b) => a - b)[rows.length >> 1] ?? 0;
  report.push({
    what: `exact_lines_${name}`,
    value: count / lines,
    unit: 'ratio',
    ...(isOurs && { bar: '0.85', ok: count / lines >= 0.85 }),
  });
  report.push({
    what: `cpu_ms_${name}`,
    value: Math.round(median),
    unit: 'ms',
    ...(isOurs && { bar: '150', ok: median <= 150 }),
  });
}
report.push(...(await wholeDocument()));
publishBench('mrz', report, process.argv);

async function openTesseract(language: string, folder: string, gzip: boolean): Promise<Worker> {
  const worker = await createWorker(language, 1, { langPath: folder, cacheMethod: 'none', gzip });
  await worker.setParameters({
    tessedit_char_whitelist: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<',
    tessedit_pageseg_mode: PSM.SINGLE_BLOCK,
  });
  return worker;
}

function book(name: string, truth: readonly string[], read: readonly string[], ms: number): void {
  const right = truth.filter((line, i) => read[i] === line).length;
  exact.set(name, (exact.get(name) ?? 0) + right);
  times.set(name, [...(times.get(name) ?? []), ms]);
}

async function pixels(path: string, width?: number) {
  const { data, info } = await sharp(path)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize(width)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

/** The zone upright, 1400 pixels wide, with a margin. */
async function cutBand(image: Awaited<ReturnType<typeof pixels>>, corners: Zone['corners']) {
  const [a, b, , d] = corners;
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const depth = Math.hypot(d.x - a.x, d.y - a.y);
  const scale = length / 1400;
  const u = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
  const height = Math.round(depth / scale);
  const toSource = [scale * u.x, -scale * u.y, a.x, scale * u.y, scale * u.x, a.y] as const;
  const band = warpGray(grayLevels(toLuma(image)), toSource, 1400, height);
  return sharp(Uint8ClampedArray.from(band), { raw: { width: 1400, height, channels: 1 } })
    .extend({ top: 30, bottom: 30, left: 30, right: 30, extendWith: 'copy' })
    .png()
    .toBuffer();
}

/** The largest specimen photograph at 12 megapixels, the whole reading: CPU after decoding. */
async function wholeDocument(): Promise<BenchRow[]> {
  const file = rows.find((row) => row.file.includes('specimen'))?.file;
  if (!file) return [];
  const image = await pixels(resolve(options.root, file), 4240);
  const spent: number[] = [];
  for (let i = 0; i < 3; i++) {
    spent.push((await readDocument.run(ports, { image, name: file, today })).cpuMs);
  }
  const best = Math.round(Math.min(...spent));
  return [{ what: 'document_12mp_cpu_ms', value: best, unit: 'ms', bar: '1200', ok: best <= 1200 }];
}

type Zone = Awaited<ReturnType<typeof readMrz>>['zones'][number];
