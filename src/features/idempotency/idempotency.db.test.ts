import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import type { IdempotencyOutcome, IdempotentRequest } from '../../core/idempotency.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createSecretBox, singleKey } from '../../platform/keys/secret-box.ts';
import { createIdempotencyStore, deleteExpiredIdempotencyKeys } from './index.ts';

const box = createSecretBox(singleKey(randomBytes(32)));
const answer = { status: 201, contentType: 'application/json', body: '{"name":"Jane Sample"}' };
const digest = 'ab'.repeat(32);
const reused = { code: 'idempotency_key_reused' };
const inProgress = { code: 'idempotency_in_progress', retryAfterS: 1 };

function claimOf(outcome: IdempotencyOutcome) {
  if (outcome.kind !== 'first') throw new Error('Expected to be first');
  return outcome.claim;
}

describeOnEachEngine('idempotent requests', (engine) => {
  let database: TestDatabase;
  let tenants: TenantId[];
  let count = 0;
  const request = (
    change: Partial<IdempotentRequest> = {},
    tenant = tenants[0],
  ): IdempotentRequest => ({
    principal: {
      tenant: tenant as TenantId,
      environment: 'live',
      keyId: newId('apiKey'),
      scopes: ['faces'],
    },
    key: `order-${count}`,
    operation: 'createSession',
    requestSha256: digest,
    ...change,
  });

  beforeAll(async () => {
    database = await createTestDatabase(engine);
    tenants = [newId('tenant'), newId('tenant')];
    await withSystem(database.db, async (tx) => {
      for (const id of tenants) await tx.insertInto('tenant').values({ id, name: id }).execute();
    });
  });
  afterAll(() => database?.close());

  it('get the first answer word for word', async () => {
    const store = createIdempotencyStore(database.db, box);
    await claimOf(await store.begin(request())).finish(answer);
    expect(await store.begin(request())).toEqual({ kind: 'repeated', answer });
  });

  it('are refused when the same key comes with another request, also while the first one runs', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box);
    const other = request({ requestSha256: 'cd'.repeat(32) });
    const claim = claimOf(await store.begin(request()));
    await expect(store.begin(other)).rejects.toMatchObject(reused);
    await claim.finish(answer);
    await expect(store.begin(other)).rejects.toMatchObject(reused);
  });

  it('let one of many through', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => store.begin(request())),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(inProgress);
    }
  });

  it('keep tenants, environments and operations apart', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box);
    const { principal } = request();
    await claimOf(await store.begin(request())).finish(answer);
    const elsewhere = [
      request({}, tenants[1]),
      request({ principal: { ...principal, environment: 'sandbox' } }),
      request({ operation: 'compareFaces' }),
    ];
    for (const other of elsewhere) expect((await store.begin(other)).kind).toBe('first');
  });

  it('may be tried again after an abandoned one', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box);
    await claimOf(await store.begin(request())).abandon();
    const claim = claimOf(await store.begin(request()));
    await claim.finish(answer);
    await claim.abandon();
    expect((await store.begin(request())).kind).toBe('repeated');
  });

  it('may be carried out again after a crash, and the one that came back late changes nothing', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box, { leaseMs: 0 });
    const crashed = claimOf(await store.begin(request()));
    await expect(store.begin(request({ requestSha256: 'cd'.repeat(32) }))).rejects.toMatchObject(
      reused,
    );
    const second = claimOf(await store.begin(request()));
    await crashed.finish({ ...answer, body: 'late' });
    await crashed.abandon();
    await second.finish(answer);
    expect(await store.begin(request())).toEqual({ kind: 'repeated', answer });
  });

  it('hold no readable answer in the database, and are forgotten after their time', async () => {
    count++;
    const store = createIdempotencyStore(database.db, box, { keepMs: 0 });
    await claimOf(await store.begin(request())).finish(answer);
    const rows = await withSystem(database.db, (tx) =>
      tx.selectFrom('idempotency_key').selectAll().execute(),
    );
    const text = rows.map(({ answer_sealed }) => answer_sealed?.toString('latin1')).join();
    expect(text.length).toBeGreaterThan(100);
    expect(text).not.toContain('Jane');
    expect((await store.begin(request())).kind).toBe('first');
    expect(await deleteExpiredIdempotencyKeys(database.db)).toBe(1);
  });
});
