import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { newId, type SessionId, type TenantId } from '../../core/ids.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import { engineAddress } from '../../platform/engine/embedded-engine.ts';
import { createEngineClient } from '../../platform/engine/engine-client.ts';
import { type Keys, openKeys } from '../../platform/keys/keys.ts';
import type { Stream } from '../checks/index.ts';
import {
  createPersonalBox,
  openSession,
  orderResubmission,
  orderRuling,
  submitEvidence,
} from './index.ts';

const owner = { tenant: newId('tenant'), environment: 'sandbox' as const };
let dataDir: string;
let database: TestDatabase;
let keys: Keys;
let child: ChildProcess;

async function startChild(version: string, taskMs = 30): Promise<ChildProcess> {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const entry = fileURLToPath(new URL('../../../test/support/session-child.ts', import.meta.url));
  const started = fork(entry, [dataDir, database.url, version, '', String(taskMs)], {
    execArgv: ['--import', tsx],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await new Promise((resolve, reject) => {
    started.once('message', resolve);
    started.once('exit', () => reject(new Error('the platform process ended while starting')));
  });
  started.removeAllListeners('exit');
  return started;
}

function ended(process: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => process.once('exit', resolve));
}

async function enginePid(): Promise<number> {
  const answer = new Promise<{ enginePid: number }>((resolve) =>
    child.once('message', (message) => resolve(message as { enginePid: number })),
  );
  child.send('engine');
  return (await answer).enginePid;
}

/** The engine ends with the process that started it. */
async function killChild(): Promise<void> {
  const pid = await enginePid();
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  for (let i = 0; i < 100 && existsSync(`/proc/${pid}/exe`); i++) await sleep(20);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
}

/** Events that sessions have not taken up yet. */
async function waitingEvents(): Promise<number> {
  const rows = await withSystem(database.db, (tx) =>
    tx.selectFrom('outbox').select('id').where('topic', '=', 'session.event').execute(),
  );
  return rows.length;
}

async function open(): Promise<SessionId> {
  const row = await openSession(
    { db: database.db, personal: createPersonalBox(keys) },
    owner,
    {
      id: newId('session'),
      subject: newId('subject'),
      workflow: 'id-selfie',
      locale: 'en',
      data: { reference: null, expected: null, metadata: null, callback: null },
    },
    new Date(),
  );
  return row.id;
}

async function submit(session: SessionId, stream: Stream): Promise<void> {
  const object = { id: newId('object'), sha256: newId('object'), size: 1 };
  const submission = { ...owner, session, stream, contentType: 'image/jpeg' };
  await withTenant(database.db, owner.tenant, (tx) =>
    submitEvidence(tx, submission, object, new Date()),
  );
  child.send('kick', () => undefined);
}

async function statuses(ids: readonly SessionId[]): Promise<string[]> {
  const rows = await withTenant(database.db, owner.tenant, (tx) =>
    tx.selectFrom('session').select('status').where('id', 'in', ids).execute(),
  );
  return rows.map(({ status }) => status);
}

async function settle(ids: readonly SessionId[], status: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (Date.now() < giveUpAt) {
    if ((await statuses(ids)).every((is) => is === status)) return;
    await sleep(100);
  }
  expect(await statuses(ids)).toEqual(ids.map(() => status));
}

async function notices(id: SessionId): Promise<unknown[]> {
  const rows = await withSystem(database.db, (tx) =>
    tx
      .selectFrom('outbox')
      .select('payload')
      .where('topic', '=', 'test.notice')
      .where('key', '=', id)
      .orderBy('id')
      .execute(),
  );
  return rows.map(({ payload }) => payload.event);
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
  database = await createTestDatabase();
  keys = await openKeys({ directory: join(dataDir, 'keys') });
  await withSystem(database.db, (tx) =>
    tx
      .insertInto('tenant')
      .values({ id: owner.tenant as TenantId, name: 'x' })
      .execute(),
  );
  child = await startChild('1');
});

afterAll(async () => {
  if (child?.connected) {
    const end = ended(child);
    child.send('close');
    await end;
  }
  await database?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('sessions on the engine', () => {
  it('go from captures to a decision, and on to a ruling', async () => {
    const [straight, reviewed] = [await open(), await open()];
    await submit(straight, 'document_front');
    await submit(straight, 'face');
    await settle([straight], 'approved');
    expect(await notices(straight)).toEqual(['session.started', 'session.approved']);

    await submit(reviewed, 'face');
    await settle([reviewed], 'in_progress');
    await expect(submit(reviewed, 'face')).rejects.toMatchObject({ code: 'stream_not_wanted' });
    await expect(submit(straight, 'face')).rejects.toMatchObject({ code: 'session_closed' });
    const ruling = { id: newId('order'), by: 'key_x', ruling: 'approved' as const, reasons: [] };
    const deps = { db: database.db, personal: createPersonalBox(keys) };
    await expect(orderRuling(deps, owner, reviewed, ruling, new Date())).rejects.toMatchObject({
      code: 'session_closed',
    });
    await expect(
      orderResubmission(
        deps,
        owner,
        reviewed,
        { id: newId('order'), by: 'key_x', streams: ['face'], reasons: [] },
        new Date(),
      ),
    ).rejects.toMatchObject({ code: 'session_closed' });
  });

  it('refuse messages that nobody with our key has sealed', async () => {
    const session = await open();
    const client = createEngineClient(engineAddress(dataDir));
    const at = Date.now();
    const event = { type: 'ruled', at, ruling: { id: 'x', ruling: 'approved', by: 'me', at } };
    const body = JSON.stringify({ tenant: owner.tenant, event });
    const forged = {
      service: 'session',
      key: session,
      handler: 'apply',
      payload: { body, mac: '' },
    };
    await expect(client.call(forged)).rejects.toMatchObject({ code: 'engine_unavailable' });
    client.close();
    expect(await statuses([session])).toEqual(['not_started']);
  });

  it('finish once each, though the process and the engine are killed, and the code changes', async () => {
    const ids: SessionId[] = [];
    for (let i = 0; i < 24; i++) ids.push(await open());
    const submitting = (async () => {
      for (const id of ids) {
        await submit(id, 'face');
        await sleep(15);
        await submit(id, 'document_front');
      }
    })();
    for (const [round, victim] of ['process', 'engine', 'process', 'engine'].entries()) {
      await sleep(250);
      if (victim === 'engine') {
        process.kill(await enginePid(), 'SIGKILL');
        continue;
      }
      await killChild();
      child = await startChild(`1.${round}`);
    }
    await submitting;
    await settle(ids, 'approved');
    for (const id of ids) {
      expect(await notices(id)).toEqual(['session.started', 'session.approved']);
    }
    expect(await waitingEvents()).toBe(0);
  }, 120_000);

  it('go on when the engine has lost everything', async () => {
    await killChild();
    child = await startChild('slow', 60_000);
    const ids: SessionId[] = [];
    for (let i = 0; i < 4; i++) ids.push(await open());
    for (const id of ids)
      for (const stream of ['face', 'document_front'] as const) await submit(id, stream);
    // The captures have reached their sessions, the tasks are under way, and only the engine knows.
    for (let i = 0; i < 200 && (await waitingEvents()) > 0; i++) await sleep(50);
    expect(await waitingEvents()).toBe(0);
    await killChild();
    rmSync(join(dataDir, 'engine'), { recursive: true });
    child = await startChild('2');
    await settle(ids, 'approved');
    for (const id of ids) {
      expect(await notices(id)).toEqual(['session.started', 'session.approved']);
    }
  }, 120_000);
});
