/**
 * kill -9 of the database child, of a vision process and of the whole server, in turn, under load: how soon it
 * serves again, whether every acknowledged row is still there, and whether repeated requests had one effect.
 * `npm run chaos:service -- [--kills 30] [--json FILE]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BonafideError, createClient, listAll } from '../clients/typescript/index.ts';
import { photograph } from '../test/support/photographs.ts';
import {
  childrenOf,
  freePort,
  type StartedPlatform,
  startPlatformProcess,
  until,
} from '../test/support/platform.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, json: { type: 'string' } },
});
const kills = Number(values.kills);
const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const dataDir = join(directory, 'data');
const environment = {
  DATA_DIR: dataDir,
  HTTP_PORT: String(await freePort()),
  METRICS_PORT: String(await freePort()),
  LOG_LEVEL: 'error',
  VISION_PROCESSES: '2',
};
let platform: StartedPlatform = await startPlatformProcess(environment);
const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
const client = createClient({ baseUrl: platform.url, apiKey, maxAttempts: 400, timeoutMs: 20_000 });

let isOver = false;
/** Endpoint URL → id, of every creation that was acknowledged. */
const acknowledged = new Map<string, string>();
const objects = new Set<string>();
const refused: string[] = [];
let comparisons = 0;
const image = photograph(1);

const load = [createEndpoints(), storeObjects(), compareFaces(), compareFaces()];
const recovery: Record<string, number[]> = { database: [], vision: [], server: [] };
const kinds = ['database', 'vision', 'server'] as const;
for (let i = 0; i < kills; i++) {
  await sleep(1_500);
  const kind = kinds[i % kinds.length] ?? 'server';
  const ms = await kill(kind);
  recovery[kind]?.push(ms);
  console.log(`kill ${i + 1} of ${kills}: ${kind}, served again after ${Math.round(ms)} ms`);
}
isOver = true;
await Promise.all(load);
publishBench('chaos-service', await judge(), process.argv);
await platform.stop();
rmSync(directory, { recursive: true, force: true });
process.exit();

/** Milliseconds from the kill to the first answer that needed the part. */
async function kill(kind: (typeof kinds)[number]): Promise<number> {
  const startedAt = performance.now();
  if (kind === 'server') {
    await platform.stop('SIGKILL');
    platform = await startPlatformProcess(environment);
  } else {
    const [pid = 0] = childrenOf(platform.pid, `${kind}-process`);
    process.kill(pid, 'SIGKILL');
  }
  await until(() => serves(kind), 60_000, `${kind} is back`);
  return performance.now() - startedAt;
}

async function serves(kind: string): Promise<boolean> {
  const ask = createClient({ baseUrl: platform.url, apiKey, maxAttempts: 1, timeoutMs: 5_000 });
  try {
    if (kind !== 'database') await ask.detectFaces({ image });
    await ask.listWebhooks({ limit: 1 });
    return true;
  } catch {
    return false;
  }
}

/** Each creation has its own URL: two rows with one URL are two effects of one request. */
async function createEndpoints(): Promise<void> {
  for (let n = 0; !isOver; n++) {
    const url = `https://receiver.example/${n}`;
    try {
      const { id } = await client.createWebhook({ url, events: ['*'] });
      acknowledged.set(url, id);
      // Endpoints are limited in number: all but the last few go again, which is an effect to keep too.
      const old = `https://receiver.example/${n - 8}`;
      const oldId = acknowledged.get(old);
      if (oldId && (await deleted(oldId))) acknowledged.delete(old);
    } catch (error) {
      refused.push(error instanceof BonafideError ? error.code : String(error));
    }
    await sleep(20);
  }
}

/** A deletion that was carried out before the connection broke is answered 404 the second time. */
async function deleted(id: string): Promise<boolean> {
  try {
    await client.deleteWebhook({ id });
    return true;
  } catch (error) {
    return error instanceof BonafideError && error.status === 404;
  }
}

async function storeObjects(): Promise<void> {
  for (let n = 0; !isOver; n++) {
    const name = `object-${String(n).padStart(6, '0')}`;
    try {
      await client.putObject({ bucket: 'chaos', name, body: Buffer.from(name.repeat(100)) });
      objects.add(name);
    } catch (error) {
      refused.push(error instanceof BonafideError ? error.code : String(error));
    }
    await sleep(20);
  }
}

async function compareFaces(): Promise<void> {
  while (!isOver) {
    try {
      await client.compareFaces({ source: image, target: image });
      comparisons++;
    } catch (error) {
      // A picture that met two dying processes in a row is given back to the caller.
      if (!(error instanceof BonafideError && error.code === 'vision_process_died')) {
        refused.push(error instanceof BonafideError ? error.code : String(error));
      }
    }
  }
}

async function judge(): Promise<BenchRow[]> {
  const kept = new Map<string, string[]>();
  const pages = (cursor: string | undefined) =>
    client.listWebhooks({ limit: 100, ...(cursor !== undefined && { cursor }) });
  for await (const { url, id } of listAll(pages)) kept.set(url, [...(kept.get(url) ?? []), id]);
  const names = new Set<string>();
  const objectPages = (cursor: string | undefined) =>
    client.listObjects({ bucket: 'chaos', limit: 200, ...(cursor !== undefined && { cursor }) });
  for await (const { name } of listAll(objectPages)) names.add(name);

  const lost =
    [...acknowledged].filter(([url, id]) => !kept.get(url)?.includes(id)).length +
    [...objects].filter((name) => !names.has(name)).length;
  const doubled = [...kept.values()].filter((ids) => ids.length > 1).length;
  const worst = Object.entries(recovery).map(([kind, times]) => {
    const value = Math.max(0, ...times);
    return {
      what: `recovery_${kind}_worst_ms`,
      value,
      unit: 'ms',
      bar: '≤ 5000',
      ok: value <= 5_000,
    };
  });
  for (const reason of new Set(refused)) console.log(`refused: ${reason}`);
  return [
    { what: 'kills', value: kills, unit: 'kills' },
    { what: 'endpoints_acknowledged', value: acknowledged.size, unit: 'rows' },
    { what: 'objects_acknowledged', value: objects.size, unit: 'rows' },
    { what: 'comparisons', value: comparisons, unit: 'answers' },
    { what: 'lost_rows', value: lost, unit: 'rows', bar: '= 0', ok: lost === 0 },
    { what: 'double_effects', value: doubled, unit: 'rows', bar: '= 0', ok: doubled === 0 },
    {
      what: 'requests_given_up',
      value: refused.length,
      unit: '',
      bar: '= 0',
      ok: refused.length === 0,
    },
    ...worst,
  ];
}
