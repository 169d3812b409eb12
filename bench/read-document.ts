import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { loadConfig } from '../src/app/config.ts';
import { openVision } from '../src/app/open-vision.ts';
import { readDocument } from '../src/features/documents/index.ts';
import { publishBench } from './support/bench-report.ts';

/**
 * A whole document read as `POST /v1/documents/read` does it, from a photograph of 12 megapixels: processor time with
 * and without decoding, and what the vision process holds at its peak above what it holds when it has just started.
 * `npm run bench:read-document -- FILE… [--runs N] [--json FILE]`: pictures of documents, laid on a table of 12 megapixels.
 */
const { values: options, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, json: { type: 'string' } },
  allowPositionals: true,
});
if (positionals.length === 0) throw new Error('name at least one picture of a document');
const frame = { width: 4000, height: 3000 } as const;
const today = '2026-11-20';

const vision = await openVision({ dataDir: loadConfig(process.env).dataDir, processes: 1 });
await vision.ready();
const pid = vision.figures().processes[0]?.pid;
if (pid === undefined) throw new Error('no vision process');
await sleep(500);
const idleMb = memoryOf(pid, 'VmRSS');
const best: { withoutDecoding: number; whole: number }[] = [];
for (const file of positionals) {
  const bytes = await photographOf(file);
  const spent: typeof best = [];
  for (let run = 0; run < Number(options.runs); run++) {
    const before = cpuMsOf(pid);
    const { cpuMs } = await vision.run(readDocument, { bytes, name: 'file', today });
    spent.push({ withoutDecoding: cpuMs, whole: cpuMsOf(pid) - before });
  }
  // The least of some runs: the machine may be shared, and a process is slower on its first picture.
  const least = {
    withoutDecoding: Math.min(...spent.map(({ withoutDecoding }) => withoutDecoding)),
    whole: Math.min(...spent.map(({ whole }) => whole)),
  };
  console.log(`${file}: ${Math.round(least.withoutDecoding)} ms, ${least.whole} ms with decoding`);
  best.push(least);
}
const peakMb = memoryOf(pid, 'VmHWM') - idleMb;
await vision.close();
const longest = Math.max(...best.map(({ withoutDecoding }) => withoutDecoding));
publishBench(
  'read-document',
  [
    { what: 'pictures of 12 MP', value: best.length, unit: 'count' },
    { what: 'CPU, median', value: Math.round(median('withoutDecoding')), unit: 'ms' },
    { what: 'CPU, most', value: Math.round(longest), unit: 'ms', bar: '1200', ok: longest <= 1200 },
    { what: 'CPU with decoding, median', value: Math.round(median('whole')), unit: 'ms' },
    {
      what: 'memory above idle',
      value: Math.round(peakMb),
      unit: 'MB',
      bar: '300',
      ok: peakMb <= 300,
    },
  ],
  process.argv,
);

function median(part: 'withoutDecoding' | 'whole'): number {
  const sorted = best.map((one) => one[part]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** The document covers about half of the frame, on a noisy table. */
async function photographOf(file: string): Promise<Buffer> {
  const { width: w, height: h } = await sharp(file).metadata();
  const width = Math.round(Math.min(3000, (2300 * w) / h));
  const card = sharp(file).flatten({ background: '#ffffff' }).resize(width);
  const noise = { type: 'gaussian', mean: 90, sigma: 12 } as const;
  return sharp({ create: { ...frame, channels: 3, background: '#000000', noise } })
    .composite([{ input: await card.png().toBuffer(), left: 400, top: 300 }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** Megabytes from proc(5) status: resident now, or at most so far. */
function memoryOf(process: number, entry: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(new RegExp(`^${entry}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}

/** Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; all threads of the process, that of the text reader included. */
function cpuMsOf(process: number): number {
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
