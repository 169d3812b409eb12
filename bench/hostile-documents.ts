import { parseArgs } from 'node:util';
import { loadConfig } from '../src/app/config.ts';
import { openVision } from '../src/app/open-vision.ts';
import { AppError } from '../src/core/errors.ts';
import { isPdf, readDocument } from '../src/features/documents/index.ts';
import { readLetter } from '../src/features/documents/read-letter.usecase.ts';
import type { HostileFile } from '../test/support/hostile-images.ts';
import { publishBench } from './support/bench-report.ts';
import { hostileDocumentImages } from './support/hostile-document-images.ts';
import { hostilePdfs } from './support/hostile-pdfs.ts';

/**
 * Has crafted and seeded damaged files read as documents, as the API would, and counts what is neither an answer nor
 * a refusal that says what is wrong with the file.
 * `npm run hostile:documents -- [--images N] [--pdfs N] [--seed N] [--json FILE]`
 */
const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    pdfs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const seed = Number(options.seed);
const vision = await openVision({ dataDir: loadConfig(process.env).dataDir, processes: 1 });
await vision.ready();

interface Verdict {
  readonly name: string;
  /** `read`, the code of a refusal, or what went wrong. */
  readonly outcome: string;
  readonly detail: string;
  readonly ms: number;
}

const verdicts: Verdict[] = [];
// A run takes an hour on a busy machine: what was seen until it is interrupted counts.
let isInterrupted = false;
process.once('SIGINT', () => {
  isInterrupted = true;
});
await judgeFirst(hostileDocumentImages(seed), Number(options.images));
await judgeFirst(hostilePdfs(seed), Number(options.pdfs));
const { restarts, processes } = vision.figures();
const resident = Math.max(...processes.map(({ rssBytes }) => rssBytes ?? 0));
await vision.close();
report();

async function judgeFirst(files: AsyncIterable<HostileFile>, count: number): Promise<void> {
  let left = count;
  for await (const file of files) {
    if (left-- === 0 || isInterrupted) break;
    verdicts.push(await judge(file));
    if (verdicts.length % 100 === 0) console.log(`${verdicts.length} files`);
  }
}

/** As `POST /v1/documents/read` does: a PDF is a letter. */
async function judge({ name, bytes }: HostileFile): Promise<Verdict> {
  const start = performance.now();
  const verdict = (outcome: string, detail: string) => {
    return { name, outcome, detail, ms: performance.now() - start };
  };
  try {
    const input = { bytes, name: 'file', today: '2026-01-01' };
    if (isPdf(bytes)) await readLetter(vision, input);
    else await vision.run(readDocument, input);
    return verdict('read', '');
  } catch (error) {
    if (error instanceof AppError) return verdict(error.code, error.message);
    return verdict('unexpected', String(error));
  }
}

/** A refusal is clear when it names the input and comes from looking at the file. */
function isClear({ outcome, detail }: Verdict): boolean {
  if (outcome === 'read') return true;
  return /^(image|pdf)_/.test(outcome) && detail.startsWith('`file`: ');
}

function report(): void {
  const tally = new Map<string, number>();
  for (const { outcome } of verdicts) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  const unclear = verdicts.filter((verdict) => !isClear(verdict));
  const hangs = verdicts.filter(({ outcome }) => outcome === 'vision_timeout');
  for (const { name, outcome, detail } of unclear)
    console.log(`FAULT ${name}: ${outcome} ${detail}`);
  const slowest = verdicts.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
  for (const { name, ms, outcome } of slowest)
    console.log(`${Math.round(ms)} ms ${name} (${outcome})`);
  const none = (value: number) => ({ value, unit: 'count', bar: '0', ok: value === 0 });
  publishBench(
    'hostile-documents',
    [
      { what: 'files', value: verdicts.length, unit: 'count' },
      ...[...tally].map(([what, value]) => ({ what, value, unit: 'count' })),
      { what: 'neither answer nor clear refusal', ...none(unclear.length) },
      { what: 'hangs', ...none(hangs.length) },
      { what: 'vision processes lost', ...none(restarts) },
      { what: 'slowest', value: Math.round(slowest[0]?.ms ?? 0), unit: 'ms' },
      { what: 'resident at the end', value: Math.round(resident / 1e6), unit: 'MB' },
    ],
    process.argv,
  );
}
