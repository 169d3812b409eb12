/**
 * Ten thousand sessions that wait for a human: what they cost while nothing happens, how soon a restart is over, and
 * how soon a ruling is carried out. `npm run bench:waiting -- [--sessions 10000] [--rebuild] [--json FILE]`; `--rebuild` lets the
 * engine lose its data first
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { loadConfig } from '../src/app/config.ts';
import { attachStore } from '../src/app/open-store.ts';
import { withSystem } from '../src/platform/db/transaction.ts';
import { engineAddress } from '../src/platform/engine/embedded-engine.ts';
import { createEngineClient } from '../src/platform/engine/engine-client.ts';
import { beginJourney, type Journey } from '../test/support/journey.ts';
import { photograph } from '../test/support/photographs.ts';
import { type StartedPlatform, startPlatformProcess, until } from '../test/support/platform.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';
import { cpuMsOf } from './support/cpu-time.ts';
import { pssOf, treeOf } from './support/process-memory.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '10000' },
    rebuild: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const count = Number(values.sessions);
const rulings = 20;
const idleS = 20;
const rows: BenchRow[] = [];
const directory = mkdtempSync(join(tmpdir(), 'bf-'));
const dataDir = join(directory, 'data');
const environment = { DATA_DIR: dataDir, VISION_PROCESSES: '1', LOG_LEVEL: 'error' };

let platform: StartedPlatform = await startPlatformProcess(environment);
const apiKey: string = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')).api_key;
const real = await reviewOne();
await multiply(real.session);
await platform.stop();
if (values.rebuild) await loseEngine();
platform = await startPlatformProcess(environment);
bar('restart_s', platform.startedInMs / 1000, 's', 30);
await sleep(5_000);
measureMemory();
await measureIdle();
await measureRulings();
publishBench('waiting', rows, process.argv);
await platform.stop();
rmSync(directory, { recursive: true, force: true });
process.exit();

function bar(what: string, value: number, unit: string, most: number): void {
  rows.push({ what, value, unit, bar: `≤ ${most}`, ok: value <= most });
}

/** One session as it really comes to review: two captures of different people. */
async function reviewOne(): Promise<Journey> {
  const journey = await beginJourney(() => platform.url, apiKey);
  await journey.capture('face', photograph(1));
  await journey.capture('document_front', photograph(2));
  const status = await journey.settled();
  if (status !== 'in_review' && status !== 'declined' && status !== 'approved') {
    throw new Error(`The first session is ${status}`);
  }
  return journey;
}

/** The same row again and again, waiting for review, under ids of its own. */
async function multiply(session: string): Promise<void> {
  const store = await attachStore(loadConfig({ DATA_DIR: dataDir }));
  await withSystem(store.db, (tx) =>
    sql`
      insert into session (id, tenant_id, environment, subject_id, workflow_id, workflow_version,
                           status, state, version, created_at)
      select 'ses_' || lpad(n::text, 26, '0'), tenant_id, environment, 'sub_' || lpad(n::text, 26, '0'),
             workflow_id, workflow_version, 'in_review',
             state || jsonb_build_object('session', 'ses_' || lpad(n::text, 26, '0'), 'status', 'in_review'),
             version, created_at
      from session, generate_series(1, ${count}::int) as n
      where session.id = ${session}`.execute(tx),
  );
  await store.close();
}

/** The engine learns of all of them as after a loss of its data. */
async function loseEngine(): Promise<void> {
  rmSync(join(dataDir, 'engine'), { recursive: true, force: true });
  platform = await startPlatformProcess(environment);
  rows.push({ what: 'start_with_lost_engine_s', value: platform.startedInMs / 1000, unit: 's' });
  await engineIsQuiet();
  await platform.stop();
}

/** All sessions were told, and their timers lie in the engine. */
async function engineIsQuiet(): Promise<void> {
  const client = createEngineClient(engineAddress(dataDir));
  const busy = async () => {
    const [row] = (await client.query(
      "select count(*) as n from sys_invocation where status in ('running', 'ready', 'pending')",
    )) as { n: number }[];
    return row?.n ?? 0;
  };
  await until(async () => (await busy()) === 0, 600_000, 'the engine is quiet');
  const [row] = (await client.query(
    "select count(*) as n from sys_invocation where status = 'scheduled'",
  )) as { n: number }[];
  rows.push({ what: 'timers_in_the_engine', value: row?.n ?? 0, unit: '' });
  client.close();
}

function measureMemory(): void {
  const { totalMb, byPart } = pssOf(platform.pid);
  for (const [part, mb] of Object.entries(byPart)) {
    rows.push({ what: `pss_${part}_mb`, value: mb, unit: 'MB' });
  }
  bar('pss_mb', totalMb, 'MB', 1_800);
}

/** Percent of one core, over all processes. */
async function measureIdle(): Promise<void> {
  const pids = treeOf(platform.pid);
  const before = cpuMsOf(pids);
  await sleep(idleS * 1_000);
  bar('idle_cpu_percent', (cpuMsOf(pids) - before) / (idleS * 10), '%', 5);
}

async function measureRulings(): Promise<void> {
  const times: number[] = [];
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  for (let i = 1; i <= rulings; i++) {
    const url = `${platform.url}/v1/sessions/ses_${String(i * 7).padStart(26, '0')}`;
    const body = JSON.stringify({ ruling: 'approved' });
    const startedAt = performance.now();
    const reply = await fetch(`${url}/ruling`, { method: 'POST', headers, body });
    if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
    for (let status = ''; status !== 'approved'; ) {
      ({ status } = (await (await fetch(url, { headers })).json()) as { status: string });
    }
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  rows.push({ what: 'ruling_p50_ms', value: times[rulings / 2] ?? 0, unit: 'ms' });
  bar('ruling_p95_ms', times[Math.ceil(rulings * 0.95) - 1] ?? 0, 'ms', 500);
}
