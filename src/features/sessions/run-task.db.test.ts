import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { type Id, newId, type SubjectId } from '../../core/ids.ts';
import type { ObjectStore } from '../../core/objects.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import { type Keys, openKeys } from '../../platform/keys/keys.ts';
import { createFileBlobs } from '../../platform/objects/file-blobs.ts';
import { createObjectStore } from '../../platform/objects/object-store.ts';
import type { TaskResult } from '../checks/index.ts';
import { recordTask } from './apply-event.usecase.ts';
import {
  applyEvent,
  createPersonalBox,
  openSession,
  runTask,
  type SessionEvent,
  submitEvidence,
  type TaskOutcome,
  tidyUp,
} from './index.ts';
import type { TaskMessage } from './session-message.ts';
import type { SessionTask, SessionTaskInput } from './session-task.ts';
import { createUpkeepRepository } from './upkeep.repository.ts';

const owner = { tenant: newId('tenant'), environment: 'sandbox' as const };
let root: string;
let database: TestDatabase;
let keys: Keys;
let objects: ObjectStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bf-'));
  database = await createTestDatabase();
  keys = await openKeys({ directory: join(root, 'keys') });
  objects = createObjectStore(createFileBlobs(join(root, 'objects')), keys.subjects);
  await withSystem(database.db, (tx) =>
    tx.insertInto('tenant').values({ id: owner.tenant, name: 'x' }).execute(),
  );
});
afterAll(async () => {
  await database?.close();
  await rm(root, { recursive: true, force: true });
});

/** A session with one capture of the given content, and the message that asks for the task on it. */
async function given(content: string, subject: SubjectId = newId('subject')) {
  const { db } = database;
  const { id: session } = await openSession(
    { db, personal: createPersonalBox(keys) },
    owner,
    {
      id: newId('session'),
      subject,
      workflow: 'id-selfie',
      locale: 'en',
      data: { reference: null, expected: null, metadata: null, callback: null },
    },
    new Date(),
  );
  const { tenant } = owner;
  const stored = await objects.put(Buffer.from(content), { tenant, subject, kind: 'evidence' });
  const capture = { tenant, session, stream: 'face' as const, contentType: 'image/jpeg' };
  const evidence = await withTenant(db, tenant, (tx) =>
    submitEvidence(tx, capture, stored, new Date()),
  );
  const message: TaskMessage = {
    ...{ tenant, session, task: 'look', artifacts: {} },
    basis: { face: evidence },
  };
  return { session, subject, stored, message };
}

/** Runs the task `look`, which does as told, and counts how often it was asked. */
async function run(
  message: TaskMessage,
  work: (input: SessionTaskInput) => Promise<string>,
  version = 1,
) {
  let calls = 0;
  const look: SessionTask = {
    ...{ name: 'look', version, roles: [] },
    run: async (_, input) => {
      calls++;
      const code = await work(input);
      return {
        ...{ outcome: 'done', codes: [code], scores: {}, facts: {}, models: [] },
        artifacts: [{ kind: 'best_frame', contentType: 'text/plain', bytes: Buffer.from(code) }],
      };
    },
  };
  const deps = {
    ...{ db: database.db, objects, tasks: [look] },
    vision: { run: () => Promise.reject(new Error('not used')) },
    modelDigests: () => [],
    resultKey: () => keys.tenantKey(owner.tenant, 'task-results'),
    expected: async () => undefined,
  };
  const outcome = await runTask(deps, message).catch((error: unknown) => error as AppError);
  if (outcome instanceof AppError) return { result: outcome, calls };
  // As the session does when it is told.
  const { result, record } = outcome;
  if (record) {
    await withTenant(database.db, owner.tenant, (tx) =>
      recordTask(tx, { tenant: owner.tenant, erasedAt: null }, finished(message, result), record),
    );
  }
  return { result, calls };
}

const finished = ({ task, basis }: TaskMessage, result: TaskResult) =>
  ({ type: 'task_finished', task, basis, result, at: Date.now() }) as const;

const fail = (code: ErrorCode) => () => Promise.reject(new AppError(code));

describe('a task of a session', () => {
  it('reads its capture, keeps what it makes, and is not computed again', async () => {
    const { message } = await given('first');
    const read = async ({ captures }: SessionTaskInput) =>
      Buffer.from((await captures.face?.read()) ?? []).toString();
    const first = await run(message, read);
    expect(first).toMatchObject({ calls: 1, result: { outcome: 'done', codes: ['first'] } });
    const again = await run(message, read);
    expect(again).toEqual({ calls: 0, result: first.result });
    expect((await run(message, read, 2)).calls).toBe(1);
  });

  it('reuses a result for the same person and the same bytes, never for another person', async () => {
    const { message, subject } = await given('same bytes');
    expect((await run(message, async () => 'x')).calls).toBe(1);
    const samePerson = await given('same bytes', subject);
    expect((await run(samePerson.message, async () => 'x')).calls).toBe(0);
    const other = await given('same bytes');
    expect((await run(other.message, async () => 'x')).calls).toBe(1);
  });

  it.each([
    ['vision_process_died', 'TASK_CRASHED'],
    ['vision_timeout', 'TASK_TIMED_OUT'],
  ] as const)('that ends in %s three times is inconclusive for good', async (code, reason) => {
    const { message } = await given(code);
    const failed = await run(message, fail(code));
    expect(failed).toMatchObject({
      calls: 3,
      result: { outcome: 'inconclusive', codes: [reason] },
    });
    expect(await run(message, async () => 'fine now')).toEqual({ calls: 0, result: failed.result });
  });

  it('that took the whole worker down is counted too', async () => {
    const { message } = await given('killer');
    let deaths = 0;
    while (deaths < 3) {
      // The worker dies in the middle: nothing after the counting happens.
      const died = run(message, () => new Promise(() => undefined));
      await Promise.race([died, new Promise((resolve) => setTimeout(resolve, 300))]);
      deaths++;
    }
    expect(await run(message, async () => 'alive')).toMatchObject({
      calls: 0,
      result: { outcome: 'inconclusive', codes: ['TASK_CRASHED'] },
    });
  });

  it('refuses an unusable capture at once, as something that another capture may mend', async () => {
    const { message } = await given('broken');
    expect(await run(message, fail('image_unreadable'))).toMatchObject({
      calls: 1,
      result: { outcome: 'rejected', codes: ['IMAGE_UNREADABLE'] },
    });
  });

  it('waits for what is missing here, without blaming the capture', async () => {
    const { message } = await given('innocent');
    for (let i = 0; i < 5; i++) {
      expect((await run(message, fail('vision_busy'))).result).toMatchObject({
        code: 'vision_busy',
      });
      expect((await run(message, fail('model_unavailable'))).result).toMatchObject({
        outcome: 'inconclusive',
        codes: ['MODEL_UNAVAILABLE'],
      });
    }
    expect((await run(message, async () => 'fine')).result).toMatchObject({ outcome: 'done' });
  });

  it('that nobody knows, or whose capture is gone, is inconclusive', async () => {
    const { message, stored } = await given('gone');
    expect((await run({ ...message, task: 'dance' }, async () => 'x')).result).toMatchObject({
      outcome: 'inconclusive',
      codes: ['TASK_NOT_AVAILABLE'],
    });
    await objects.delete(owner.tenant, stored.id);
    const read = async ({ captures }: SessionTaskInput) => String(await captures.face?.read());
    expect((await run(message, read)).result).toMatchObject({ codes: ['EVIDENCE_ERASED'] });
  });
});

describe('retention', () => {
  it('deletes what is due, the object and not only its row, and leaves the rest', async () => {
    const { message, session, stored } = await given('kept');
    const { result } = await run(message, async () => 'due');
    const id = (result as TaskResult).artifacts.best_frame;
    const { tenant } = owner;
    const now = new Date();
    await withTenant(database.db, tenant, (tx) =>
      createUpkeepRepository(tx, 'artifact').setExpiry(tenant, session, now, 'best_frame'),
    );
    const row = await withTenant(database.db, tenant, (tx) =>
      tx
        .selectFrom('artifact')
        .select('object_id')
        .where('id', '=', id as never)
        .executeTakeFirstOrThrow(),
    );
    const deps = { db: database.db, objects };
    expect(await tidyUp(deps, new Date(now.getTime() - 1_000))).toBe(0);
    expect(await tidyUp(deps, now)).toBe(1);
    expect(await tidyUp(deps, now)).toBe(0);
    await expect(objects.info(tenant, row.object_id)).rejects.toMatchObject({
      code: 'object_not_found',
    });
    expect((await objects.info(tenant, stored.id)).size).toBe(4);
  });

  it('holds for what was made after the end too, and for what the session is told twice', async () => {
    const { message, session } = await given('late');
    const { tenant } = owner;
    const { db } = database;
    const step = (event: SessionEvent, record?: TaskOutcome['record']) =>
      applyEvent({ db, publish: async () => undefined }, tenant, session, randomUUID(), {
        event,
        ...(record && { record }),
      });
    const now = Date.now();
    await step({ type: 'opened', at: now });
    await step({ type: 'timer_fired', timer: 'expiry', at: now + 366 * 86_400_000 });
    const { result } = await run(message, async () => 'late', 1);
    const made = (result as TaskResult).artifacts.best_frame as Id<'artifact'>;
    const find = () =>
      withTenant(db, tenant, (tx) =>
        tx.selectFrom('artifact').selectAll().where('session_id', '=', session).execute(),
      );
    const [row] = await find();
    expect(row).toMatchObject({ id: made, expires_at: null });
    const { object_id: object, content_type: contentType, sha256, size, kind, task } = row as never;
    const artifact = { id: made, session, kind, task, object, sha256, contentType, size };
    for (const _ of ['once', 'twice']) {
      const event = finished(message, result as TaskResult);
      expect(await step(event, { artifacts: [artifact] })).toEqual([]);
      expect(await find()).toMatchObject([{ id: made, expires_at: expect.any(Date) }]);
    }
  });
});
