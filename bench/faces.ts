/**
 * Detect + embed against face-api and Human, on the same pictures, one core each: throughput, accuracy, memory.
 * `npm run bench:faces -- [--json FILE] [--images N] [--only speed|accuracy|memory]`. Without ../shared: the packages' photographs, no accuracy.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseCsv, pointAtFmr } from '../src/features/evaluation/index.ts';
import { type Contestant, firstMessage, openContestant, spawnOnCore } from './faces/contest.ts';
import { type EmbedAnswer, type EngineName, euclidean } from './faces/engine.ts';
import type { MemoryAnswer } from './faces/memory.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    /** Pictures of the throughput part. */
    images: { type: 'string', default: '40' },
    /** One part instead of all. */
    only: { type: 'string' },
  },
});
const startedAt = performance.now();
const data = resolve(fileURLToPath(import.meta.url), '../../../shared/data');
const hasShared = existsSync(join(data, 'faces/pairs.csv'));
const pairs = hasShared
  ? parseCsv(
      readFileSync(join(data, 'faces/pairs.csv'), 'utf8'),
      ['file_a', 'file_b', 'same'],
      'pairs',
    )
  : [];
const demo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);
const demoPictures = [1, 2, 3, 4, 5, 6].map((i) => join(demo, `sample${i}.jpg`));
const [coreA, coreB] = [0, availableParallelism() > 1 ? 1 : 0];

const names = ['bonafide', 'face-api', 'human'] as const;
const rows: BenchRow[] = [];
if (isWanted('speed')) rows.push(...(await measureSpeed(throughputPictures())));
const accuracies: Accuracy[] = [];
await Promise.all([coreAWork(), coreBWork()]);
rows.push(...accuracyRows());
if (!hasShared) {
  console.log('accuracy skipped: there is no ../shared/data/faces/pairs.csv beside this checkout');
}
rows.push({ what: 'bench_seconds', value: (performance.now() - startedAt) / 1000, unit: 's' });
publishBench('faces', rows, process.argv);

function isWanted(part: 'speed' | 'accuracy' | 'memory'): boolean {
  return options.only === undefined || options.only === part;
}

/** Every n-th listed picture, so that all sets take part. */
function throughputPictures(): string[] {
  if (!hasShared) return demoPictures.flatMap((file) => [file, file]);
  const files = listedFiles();
  const step = Math.max(1, Math.floor(files.length / Number(options.images)));
  return files.filter((_, i) => i % step === 0).slice(0, Number(options.images));
}

function listedFiles(): string[] {
  return [...new Set(pairs.flatMap(({ file_a, file_b }) => [file_a, file_b]))].map((file) =>
    join(data, file),
  );
}

/** Turn by turn in small portions, so that whatever else the machine does hits all of them alike. */
async function measureSpeed(files: readonly string[]): Promise<BenchRow[]> {
  const contestants = await Promise.all(names.map((name) => openContestant(name, coreA)));
  const answers = new Map<EngineName, EmbedAnswer[]>(names.map((name) => [name, []]));
  for (const contestant of contestants) await contestant.embed(files.slice(0, 3)); // warm up
  for (let i = 0; i < files.length; i += 4) {
    for (const contestant of contestants) {
      answers.get(contestant.name)?.push(...(await contestant.embed(files.slice(i, i + 4))));
    }
  }
  const memory = contestants.map(({ name, peakRssMb, close }): BenchRow => {
    close();
    return { what: `peak_memory_${key(name)}`, value: peakRssMb(), unit: 'MB' };
  });
  const cpuMs = (name: EngineName) => mean((answers.get(name) ?? []).map((answer) => answer.cpuMs));
  const ratio = (other: EngineName, bar: number): BenchRow => ({
    what: `throughput_ratio_${key(other)}`,
    value: cpuMs(other) / cpuMs('bonafide'),
    unit: '×',
    against: other,
    ratio: cpuMs(other) / cpuMs('bonafide'),
    bar: `≥ ${bar}`,
    ok: cpuMs(other) / cpuMs('bonafide') >= bar,
  });
  return [
    ratio('face-api', 5),
    ratio('human', 4),
    ...names.map((name) => ({
      what: `throughput_${key(name)}`,
      value: 1000 / cpuMs(name),
      unit: 'images/cpu-s',
    })),
    ...names.flatMap((name) => latencyRows(name, answers.get(name) ?? [])),
    ...memory,
  ];
}

function latencyRows(name: EngineName, answers: readonly EmbedAnswer[]): BenchRow[] {
  const sorted = answers.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [
    { what: `p50_${key(name)}`, value: at(0.5), unit: 'ms/image' },
    { what: `p95_${key(name)}`, value: at(0.95), unit: 'ms/image' },
  ];
}

/** face-api takes about as long as the others and the memory test together: one core each. */
async function coreAWork(): Promise<void> {
  if (hasShared && isWanted('accuracy')) accuracies.push(await measureAccuracy('face-api', coreA));
}

async function coreBWork(): Promise<void> {
  if (hasShared && isWanted('accuracy')) {
    accuracies.push(await measureAccuracy('bonafide', coreB));
    accuracies.push(await measureAccuracy('human', coreB));
  }
  const [first] = pairs.filter(({ same }) => same === '1');
  const pictures = first
    ? ([join(data, first.file_a), join(data, first.file_b)] as const)
    : ([demoPictures[0] ?? '', demoPictures[1] ?? ''] as const);
  if (isWanted('memory')) rows.push(...(await measureMemory(...pictures, coreB)));
}

function accuracyRows(): BenchRow[] {
  const [ours, ...others] = names.map((wanted) => accuracies.find(({ name }) => name === wanted));
  if (!ours) return [];
  const best = Math.min(...others.map((other) => other?.fnmr ?? 1));
  return [
    {
      what: 'fnmr_at_fmr_1pct',
      value: ours.fnmr,
      unit: '',
      bar: `< ${best.toFixed(4)}`,
      ok: ours.fnmr < best,
    },
    ...others.flatMap((other) =>
      other ? [{ what: `fnmr_at_fmr_1pct_${key(other.name)}`, value: other.fnmr, unit: '' }] : [],
    ),
    ...accuracies.map(({ name, failures }) => ({
      what: `images_without_face_${key(name)}`,
      value: failures,
      unit: 'images',
    })),
  ];
}

interface Accuracy {
  readonly name: EngineName;
  readonly fnmr: number;
  readonly failures: number;
}

/** Each library's own score: the cosine for us, the Euclidean distance for the others. A genuine pair without a face is a non-match for all. */
async function measureAccuracy(name: EngineName, core: number): Promise<Accuracy> {
  const contestant: Contestant = await openContestant(name, core);
  const vectors = new Map<string, Float32Array>();
  const files = listedFiles();
  for (let i = 0; i < files.length; i += 50) {
    for (const { file, vector } of await contestant.embed(files.slice(i, i + 50))) {
      if (vector) vectors.set(file, vector);
    }
    console.error(`${name}: ${Math.min(i + 50, files.length)} of ${files.length} pictures`);
  }
  contestant.close();
  const genuine: number[] = [];
  const impostor: number[] = [];
  let failedGenuine = 0;
  for (const { file_a, file_b, same } of pairs) {
    const [a, b] = [vectors.get(join(data, file_a)), vectors.get(join(data, file_b))];
    if (!a || !b) failedGenuine += same === '1' ? 1 : 0;
    // On vectors of unit length the distance orders pairs as the cosine does.
    else (same === '1' ? genuine : impostor).push(-euclidean(a, b));
  }
  const { fnmr } = pointAtFmr({ genuine, impostor, failedGenuine }, 0.01);
  return { name, fnmr, failures: files.length - vectors.size };
}

async function measureMemory(source: string, target: string, core: number): Promise<BenchRow[]> {
  // Beside the others it may take what is left of ten minutes; alone it goes to the end.
  const leftMs = options.only
    ? 7_200_000
    : Math.max(150_000, 560_000 - (performance.now() - startedAt));
  const module = fileURLToPath(new URL('./faces/memory.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', module, '5000', String(leftMs), source, target];
  const child = spawnOnCore(args, core);
  const answer = (await firstMessage(child, 'the memory test')) as MemoryAnswer;
  const { slopeKb, comparisons, rssMb } = answer;
  if (comparisons < 5000)
    console.log(`memory: time was up after ${comparisons} of 5000 comparisons`);
  return [
    { what: 'memory_slope', value: slopeKb, unit: 'KB/compare', bar: '≤ 1', ok: slopeKb <= 1 },
    { what: 'memory_comparisons', value: comparisons, unit: '' },
    { what: 'memory_resident', value: rssMb, unit: 'MB' },
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function key(name: EngineName): string {
  return name.replace('-', '_');
}
