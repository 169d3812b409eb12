import { type ChildProcess, fork } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, type SessionId } from '../src/core/ids.ts';
import type { Stream } from '../src/features/checks/index.ts';
import { createPersonalBox, openSession, submitEvidence } from '../src/features/sessions/index.ts';
import { withSystem, withTenant } from '../src/platform/db/transaction.ts';
import { type Keys, openKeys } from '../src/platform/keys/keys.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const owner = { tenant: newId('tenant'), environment: 'sandbox' as const };
let directory: string;
let dataDir: string;
let database: TestDatabase;
let keys: Keys;
let child: ChildProcess;

/** The sources as version N+1 would have them: another reducer, which also sets things off in another order. */
function makeNextVersion(): string {
  const next = join(directory, 'next');
  mkdirSync(join(next, 'test'), { recursive: true });
  for (const part of ['src', 'migrations', 'package.json', 'tsconfig.json', 'test/support']) {
    cpSync(join(root, part), join(next, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(next, 'node_modules'));
  const path = join(next, 'src/features/sessions/session-machine.ts');
  const source = readFileSync(path, 'utf8');
  const old = 'return { ...settled, state: { ...settled.state, version: state.version + 1 } };';
  const changed = source.replace(
    old,
    'return { effects: [...settled.effects].reverse(), state: { ...settled.state, version: state.version + 1, reducer: 2 } as never };',
  );
  expect(changed).not.toBe(source);
  writeFileSync(path, changed);
  return next;
}

async function start(from: string, version: string): Promise<ChildProcess> {
  const started = fork(
    join(from, 'test/support/session-child.ts'),
    [dataDir, database.url, version],
    {
      execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  await new Promise((resolve, reject) => {
    started.once('message', resolve);
    started.once('exit', () => reject(new Error('the platform process ended while starting')));
  });
  return started;
}

async function open(): Promise<SessionId> {
  const data = { reference: null, expected: null, metadata: null, callback: null };
  const ids = { id: newId('session'), subject: newId('subject') };
  const deps = { db: database.db, personal: createPersonalBox(keys) };
  await openSession(deps, owner, { ...ids, workflow: 'id-selfie', locale: 'en', data }, new Date());
  return ids.id;
}

async function submit(session: SessionId, stream: Stream): Promise<void> {
  const object = { id: newId('object'), sha256: newId('object'), size: 1 };
  const submission = { ...owner, session, stream, contentType: 'image/jpeg' };
  await withTenant(database.db, owner.tenant, (tx) =>
    submitEvidence(tx, submission, object, new Date()),
  );
  if (child.connected) child.send('kick', () => undefined);
}

const rowsOf = (ids: readonly SessionId[]) =>
  withTenant(database.db, owner.tenant, (tx) =>
    tx.selectFrom('session').select(['status', 'state']).where('id', 'in', ids).execute(),
  );

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bf-'));
  dataDir = join(directory, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  database = await createTestDatabase();
  keys = await openKeys({ directory: join(dataDir, 'keys') });
  await withSystem(database.db, (tx) =>
    tx.insertInto('tenant').values({ id: owner.tenant, name: 'x' }).execute(),
  );
  child = await start(root, '1');
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

it('version N with sessions in every stage is killed and goes on as N+1 with another reducer', async () => {
  const next = makeNextVersion();
  const ids: SessionId[] = [];
  for (let i = 0; i < 20; i++) ids.push(await open());
  const [untouched, half, busy] = [ids.slice(0, 5), ids.slice(5, 12), ids.slice(12)];
  for (const id of half) await submit(id, 'face');
  await sleep(500);
  for (const id of busy) {
    await submit(id, 'document_front');
    await submit(id, 'face');
  }
  // In the middle of the tasks of the last ones.
  await sleep(60);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;

  child = await start(next, '2');
  for (const id of [...untouched, ...half]) await submit(id, 'document_front');
  for (const id of untouched) await submit(id, 'face');
  const giveUpAt = Date.now() + 60_000;
  while ((await rowsOf(ids)).some(({ status }) => status !== 'approved')) {
    if (Date.now() > giveUpAt) break;
    await sleep(100);
  }
  const rows = await rowsOf(ids);
  expect(rows.map(({ status }) => status)).toEqual(ids.map(() => 'approved'));
  const byNew = rows.filter(({ state }) => state.reducer === 2);
  expect(byNew.length).toBeGreaterThanOrEqual(untouched.length + half.length);

  const notices = await withSystem(database.db, (tx) =>
    tx
      .selectFrom('outbox')
      .select(['key', 'payload'])
      .where('topic', '=', 'test.notice')
      .orderBy('id')
      .execute(),
  );
  for (const id of ids) {
    const told = notices.filter(({ key }) => key === id).map(({ payload }) => payload.event);
    expect(told.sort()).toEqual(['session.approved', 'session.started']);
  }
}, 120_000);
