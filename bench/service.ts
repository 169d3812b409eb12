/**
 * The service as a caller sees it: start, CompareFaces over HTTP, the API's event loop while every core computes,
 * memory. `npm run bench:service -- [--full | --comparisons N] [--json FILE]`; 2,000 comparisons, or 5,000 in full.
 * Processor time is shown besides the clock's: on a busy machine only the former tells anything.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { CompareFacesCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { createClient } from '../clients/typescript/index.ts';
import { photograph } from '../test/support/photographs.ts';
import { type StartedPlatform, startPlatformProcess } from '../test/support/platform.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';
import { cpuMsOf, pssOf } from './support/process-memory.ts';

/** Asks for the health of the service from a thread of its own and tells how long each answer took. */
const pinger = `
const { parentPort, workerData } = require('node:worker_threads');
const times = [];
let isOver = false;
parentPort.once('message', () => { isOver = true; });
(async () => {
  while (!isOver) {
    const startedAt = performance.now();
    await (await fetch(workerData.url)).text();
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  parentPort.postMessage(times);
})();
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    comparisons: { type: 'string', default: '2000' },
    json: { type: 'string' },
  },
});
const comparisons = values.full ? 5_000 : Number(values.comparisons);
const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const dataDir = join(directory, 'data');
const rows: BenchRow[] = [];

interface Pair {
  readonly source: Buffer;
  readonly target: Buffer;
}

/** One megapixel each, as phones send them after scaling down: three people against two. */
const groups: Pair = {
  source: await megapixel(photograph(1)),
  target: await megapixel(photograph(2)),
};

const first = await start(1);
rows.push(row('first_start_s', first.startedInMs / 1000, 's', 15));
await first.stop();
const one = await start(1);
rows.push(row('start_s', one.startedInMs / 1000, 's', 15));
await measureSpeed(one, 'groups', groups);
await measureSpeed(one, 'portraits', await portraits(one));
await one.stop();

const all = await start(availableParallelism());
await measureLag(all);
await measureLargeBodies(all);
await measureMemory(all);
await all.stop();
publishBench('service', rows, process.argv);
rmSync(directory, { recursive: true, force: true });
process.exit();

function start(visionProcesses: number): Promise<StartedPlatform> {
  return startPlatformProcess({
    DATA_DIR: dataDir,
    VISION_PROCESSES: String(visionProcesses),
    LOG_LEVEL: 'warn',
  });
}

function row(what: string, value: number, unit: string, most?: number): BenchRow {
  return { what, value, unit, ...(most !== undefined && { bar: `≤ ${most}`, ok: value <= most }) };
}

function megapixel(picture: Buffer): Promise<Buffer> {
  return sharp(picture).resize(1_155, 866, { fit: 'cover' }).jpeg({ quality: 85 }).toBuffer();
}

/** One person on each, as on a selfie and a document: a fifth of the picture's width is the face. */
async function portraits({ url }: StartedPlatform): Promise<Pair> {
  const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  const client = createClient({ baseUrl: url, apiKey });
  const cut = async (picture: Buffer) => {
    const { faces } = await client.detectFaces({ image: { bytes: picture.toString('base64') } });
    const { box } = faces[0] ?? { box: { x: 0, y: 0, width: 0, height: 0 } };
    const side = Math.round(box.width * 1.5);
    const face = await sharp(picture)
      .extract({
        left: Math.max(0, Math.round(box.x + (box.width - side) / 2)),
        top: Math.max(0, Math.round(box.y + (box.height - side) / 2)),
        width: side,
        height: side,
      })
      .resize(360, 360)
      .toBuffer();
    return sharp(picture)
      .blur(40)
      .composite([{ input: face, gravity: 'centre' }])
      .jpeg({ quality: 85 })
      .toBuffer();
  };
  return { source: await cut(groups.source), target: await cut(groups.target) };
}

/** One vision process: how long one client waits, and what several get through. */
async function measureSpeed(
  { url, pid }: StartedPlatform,
  what: string,
  pair: Pair,
): Promise<void> {
  const compare = comparer(url, pair);
  for (let i = 0; i < 20; i++) await compare();
  const times: number[] = [];
  const cpuBefore = cpuMsOf(pid);
  for (let i = 0; i < 100; i++) {
    const startedAt = performance.now();
    await compare();
    times.push(performance.now() - startedAt);
  }
  const cpuAfter = cpuMsOf(pid);
  for (const part of ['vision', 'api', 'database']) {
    const cpuMs = ((cpuAfter[part] ?? 0) - (cpuBefore[part] ?? 0)) / times.length;
    rows.push(row(`compare_${what}_cpu_ms_${part}`, cpuMs, 'CPU-ms'));
  }
  rows.push(row(`compare_${what}_p50_ms`, quantile(times, 0.5), 'ms', 120));
  rows.push(row(`compare_${what}_p95_ms`, quantile(times, 0.95), 'ms'));
  const startedAt = performance.now();
  await inParallel(4, 200, compare);
  const perSecond = 200 / ((performance.now() - startedAt) / 1000);
  rows.push({
    what: `compare_${what}_per_second`,
    value: perSecond,
    unit: '/s',
    bar: '≥ 10',
    ok: perSecond >= 10,
  });
}

/** Every core computes; `/health/live` is asked from a thread of its own, so that our own load does not count. */
async function measureLag({ url, metricsUrl }: StartedPlatform): Promise<void> {
  const compare = comparer(url);
  await inParallel(8, 40, compare);
  const worker = new Worker(pinger, { eval: true, workerData: { url: `${url}/health/live` } });
  await readLag(metricsUrl);
  await inParallel(8, 300, compare);
  const lagMs = await readLag(metricsUrl);
  const pings = await new Promise<number[]>((resolve) => {
    worker.once('message', resolve);
    worker.postMessage('stop');
  });
  rows.push(row('event_loop_lag_p99_ms', lagMs, 'ms', 50));
  rows.push(row('health_live_p99_ms', quantile(pings, 0.99), 'ms', 100));
}

/** The largest bodies that are taken, two images of 15 MB as base64: parsed on a thread, hashed as they come. */
async function measureLargeBodies({ url, metricsUrl }: StartedPlatform): Promise<void> {
  const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  const padded = (image: Buffer) => ({
    bytes: Buffer.concat([image, Buffer.alloc(15_000_000 - image.length)]).toString('base64'),
  });
  const body = JSON.stringify({ source: padded(groups.source), target: padded(groups.target) });
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const send = async () => {
    const reply = await fetch(`${url}/v1/faces/compare`, { method: 'POST', headers, body });
    if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
    await reply.text();
  };
  await send();
  await readLag(metricsUrl, 'max');
  for (let i = 0; i < 10; i++) await send();
  rows.push(row('large_json_event_loop_lag_max_ms', await readLag(metricsUrl, 'max'), 'ms'));
}

/** Since the last reading: reading it resets it. */
async function readLag(metricsUrl: string, which: 'p99' | 'max' = 'p99'): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  const line = new RegExp(`^bonafide_nodejs_eventloop_lag_${which}_seconds (\\S+)`, 'm');
  return Number(line.exec(text)?.[1]) * 1000;
}

/** Everything after a thousand comparisons, and what each further one adds. */
async function measureMemory({ url, pid }: StartedPlatform): Promise<void> {
  const compare = comparer(url);
  const samples: { done: number; kb: number }[] = [];
  for (let done = 0; done < comparisons; done += 100) {
    await inParallel(4, 100, compare);
    samples.push({ done, kb: pssOf(pid).totalMb * 1024 });
    if (done + 100 === 1_000) {
      await sleep(1_000);
      const { totalMb, byPart } = pssOf(pid);
      for (const [part, mb] of Object.entries(byPart)) rows.push(row(`pss_${part}_mb`, mb, 'MB'));
      rows.push(row('pss_without_engine_mb', totalMb - (byPart.engine ?? 0), 'MB', 1_200));
      rows.push(row('pss_mb', totalMb, 'MB', 1_800));
    }
    if (done % 500 === 0) console.log(`${done} of ${comparisons} comparisons`);
  }
  const settled = samples.slice(Math.floor(samples.length / 5));
  rows.push({ what: 'comparisons', value: comparisons, unit: '' });
  rows.push(row('memory_slope_kb_per_comparison', slope(settled), 'KB', 1));
}

/** Least squares. */
function slope(samples: readonly { done: number; kb: number }[]): number {
  const mean = (pick: (sample: { done: number; kb: number }) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [x, y] = [mean(({ done }) => done), mean(({ kb }) => kb)];
  const covariance = mean(({ done, kb }) => (done - x) * (kb - y));
  return covariance / mean(({ done }) => (done - x) ** 2);
}

function comparer(url: string, { source, target } = groups): () => Promise<void> {
  const { aws } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  const client = new RekognitionClient({
    endpoint: `${url}/aws/rekognition`,
    region: aws.region,
    credentials: { accessKeyId: aws.access_key_id, secretAccessKey: aws.secret_access_key },
  });
  const request = { SourceImage: { Bytes: source }, TargetImage: { Bytes: target } };
  return async () => {
    await client.send(new CompareFacesCommand({ ...request, SimilarityThreshold: 0 }));
  };
}

async function inParallel(width: number, count: number, work: () => Promise<void>): Promise<void> {
  let started = 0;
  const worker = async () => {
    while (started++ < count) await work();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}
