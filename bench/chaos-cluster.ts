/**
 * A Restate cluster of three nodes and two copies of the platform on loopback; in the middle of the load one node
 * is killed, then one copy. `npm run chaos:cluster -- [--full] [--json FILE]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineChoice } from '../src/app/sessions.ts';
import { newId, type SessionId } from '../src/core/ids.ts';
import { createPersonalBox, openSession, submitEvidence } from '../src/features/sessions/index.ts';
import { withSystem, withTenant } from '../src/platform/db/transaction.ts';
import { openKeys } from '../src/platform/keys/keys.ts';
import { startBalancer } from '../test/support/balancer.ts';
import { createTestDatabase } from '../test/support/database.ts';
import { freePort, until } from '../test/support/platform.ts';
import { startRestate } from '../test/support/restate.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const count = values.full ? 300 : 100;
const perSecond = 5;

const dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
const [database, restate] = await Promise.all([createTestDatabase('postgres'), startRestate(3)]);
const keys = await openKeys({ directory: join(dataDir, 'keys') });
const owner = { tenant: newId('tenant'), environment: 'sandbox' as const };
await withSystem(database.db, (tx) =>
  tx.insertInto('tenant').values({ id: owner.tenant, name: 'bench' }).execute(),
);
// As a balancer in front of the nodes, and a service in front of the copies.
const portOf = (url: string) => Number(new URL(url).port);
const dead = new Set<number>();
const alive = (ports: readonly number[]) => ports.filter((port) => !dead.has(port));
const ingress = await startBalancer(() => alive(restate.nodes.map((n) => portOf(n.ingressUrl))));
const admin = await startBalancer(() => alive(restate.nodes.map((n) => portOf(n.adminUrl))));
const workerPorts = [await freePort(), await freePort()];
const workers = await startBalancer(() => alive(workerPorts));
const copies: ChildProcess[] = [];
for (const workerPort of workerPorts) copies.push(await startCopy(workerPort));

const sessions: SessionId[] = [];
let lastProgressAt = performance.now();
let longestGapMs = 0;
let isKilled = false;
let isOver = false;
const watching = watch();
const load = submitAll();
await until(() => sessions.length >= count * 0.4, 300_000, 'the load is under way');
isKilled = true;
lastProgressAt = performance.now();
await killNode();
const nodeGapMs = await quietAfter(count * 0.7);
const [copy] = copies;
dead.add(workerPorts[0] ?? 0);
copy?.kill('SIGKILL');
const copyGapMs = await quietAfter(count);
await load;
const settledMs = await until(
  async () => (await decided()) === count,
  120_000,
  'all decided',
).catch(() => Number.NaN);
isOver = true;
await watching;
publishBench('chaos-cluster', await judge(), process.argv);
await end();
process.exit();

/** Longest pause between two decisions until so many sessions were submitted. */
async function quietAfter(submitted: number): Promise<number> {
  longestGapMs = 0;
  await until(() => sessions.length >= submitted, 300_000, 'the load goes on');
  await sleep(2_000);
  return longestGapMs;
}

async function startCopy(workerPort: number): Promise<ChildProcess> {
  const engine: EngineChoice = {
    kind: 'external',
    ...{ ingressUrl: ingress.url, adminUrl: admin.url, workerUrl: workers.url },
    ...{ workerPort, workerProtocol: 'http1' },
  };
  const entry = fileURLToPath(new URL('../test/support/session-child.ts', import.meta.url));
  const child = fork(entry, [dataDir, database.url, '1', JSON.stringify(engine)], {
    execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** The node that was provisioned first. */
async function killNode(): Promise<void> {
  const [first] = restate.nodes;
  if (!first) return;
  dead.add(portOf(first.ingressUrl));
  dead.add(portOf(first.adminUrl));
  await first.kill();
}

async function submitAll(): Promise<void> {
  for (let i = 0; i < count; i++) {
    const next = sleep(1000 / perSecond);
    const id = newId('session');
    const data = { reference: null, expected: null, metadata: null, callback: null };
    await openSession(
      { db: database.db, personal: createPersonalBox(keys) },
      owner,
      { id, subject: newId('subject'), workflow: 'id-selfie', locale: 'en', data },
      new Date(),
    );
    for (const stream of ['face', 'document_front'] as const) {
      const object = { id: newId('object'), sha256: newId('object'), size: 1 };
      const submission = { ...owner, session: id, stream, contentType: 'image/jpeg' };
      await withTenant(database.db, owner.tenant, (tx) =>
        submitEvidence(tx, submission, object, new Date()),
      );
    }
    sessions.push(id);
    for (const child of copies) if (child.connected) child.send('kick', () => undefined);
    await next;
  }
}

async function decided(): Promise<number> {
  const { n } = await withTenant(database.db, owner.tenant, (tx) =>
    tx
      .selectFrom('session')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('status', '=', 'approved')
      .executeTakeFirstOrThrow(),
  );
  return Number(n);
}

async function watch(): Promise<void> {
  for (let before = 0; !isOver; ) {
    const now = await decided();
    if (now > before || now === count) lastProgressAt = performance.now();
    before = now;
    if (isKilled) longestGapMs = Math.max(longestGapMs, performance.now() - lastProgressAt);
    await sleep(50);
  }
}

async function judge(): Promise<BenchRow[]> {
  const notices = await withSystem(database.db, (tx) =>
    tx.selectFrom('outbox').select('key').where('topic', '=', 'test.notice').execute(),
  );
  const right = await decided();
  const perSession = new Map<string, number>();
  for (const { key } of notices) perSession.set(key, (perSession.get(key) ?? 0) + 1);
  // Started and approved, once each.
  const wrong = sessions.filter((id) => perSession.get(id) !== 2).length;
  const gap = (what: string, value: number): BenchRow => ({
    ...{ what, value, unit: 'ms', bar: '≤ 10000', ok: value <= 10_000 },
  });
  return [
    { what: 'sessions', value: count, unit: '' },
    { what: 'right_outcomes', value: right, unit: '', bar: `= ${count}`, ok: right === count },
    { what: 'sessions_not_told_once', value: wrong, unit: '', bar: '= 0', ok: wrong === 0 },
    gap('longest_gap_after_node_kill_ms', nodeGapMs),
    gap('longest_gap_after_copy_kill_ms', copyGapMs),
    { what: 'settled_after_the_last_ms', value: settledMs, unit: 'ms' },
  ];
}

async function end(): Promise<void> {
  for (const child of copies) child.kill('SIGKILL');
  for (const balancer of [ingress, admin, workers]) await balancer.close();
  await restate.stop();
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
}
