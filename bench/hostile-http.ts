/**
 * Hostile requests over HTTP against a platform of its own: every one must be refused in time and in words, and the
 * memory must come back. `npm run hostile:http -- [--count 2500] [--seed 1] [--json FILE]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { basePictures, craftedImages, damagedFiles } from '../test/support/hostile-images.ts';
import { attackService, hostileRequests, imagesFor } from '../test/support/hostile-requests.ts';
import { startPlatformProcess } from '../test/support/platform.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';
import { pssOf } from './support/process-memory.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2500' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];

const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const dataDir = join(directory, 'data');
const platform = await startPlatformProcess({ DATA_DIR: dataDir, LOG_LEVEL: 'error' });
const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
const target = { url: platform.url, apiKey };

const base = await basePictures();
const images = imagesFor(await craftedImages(base), damagedFiles(base, seed));
const openApi = (await (await fetch(`${platform.url}/openapi.json`)).json()) as {
  paths: Record<string, Record<string, unknown>>;
};
const paths = Object.entries(openApi.paths).flatMap(([path, item]) =>
  Object.keys(item).map(
    (method) => [method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1')] as const,
  ),
);
const requests = hostileRequests(images, paths, seed);
// Caches fill and code is compiled first; what counts is what grows after that.
const warmUp = await attackService(target, requests, Math.min(300, count));
await sleep(2_000);
const before = pssOf(platform.pid).totalMb;
const attack = await attackService(target, requests, count, (done) => {
  if (done % 250 === 0) console.log(`${done} of ${count}`);
});
await sleep(5_000);
const after = pssOf(platform.pid).totalMb;

const unfit = [...warmUp.unfit, ...attack.unfit];
for (const { name, status } of unfit) console.log(`unfit: ${status} ${name}`);
const alive = (await fetch(`${platform.url}/health/ready`)).status === 200;
const times = attack.verdicts.map(({ ms }) => ms).sort((a, b) => a - b);
const hung = unfit.filter(({ status }) => status === 'hung').length;
const rows: BenchRow[] = [
  { what: 'requests', value: attack.verdicts.length, unit: 'requests' },
  { what: 'crashes', value: alive ? 0 : 1, unit: '', bar: '= 0', ok: alive },
  { what: 'hangs', value: hung, unit: '', bar: '= 0', ok: hung === 0 },
  {
    what: 'answers_5xx_or_malformed',
    value: unfit.length - hung,
    unit: '',
    bar: '= 0',
    ok: unfit.length === hung,
  },
  { what: 'p99_ms', value: times[Math.floor(times.length * 0.99)] ?? 0, unit: 'ms' },
  { what: 'slowest_ms', value: times.at(-1) ?? 0, unit: 'ms' },
  { what: 'memory_before_mb', value: before, unit: 'MB PSS' },
  {
    what: 'memory_after_mb',
    value: after,
    unit: 'MB PSS',
    bar: '≤ before + 25 %',
    ok: after <= before * 1.25,
  },
];
publishBench('hostile-http', rows, process.argv);
await platform.stop();
rmSync(directory, { recursive: true, force: true });
process.exit();
