import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as Receiver } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import { newId } from '../../core/ids.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import { createSecretBox, singleKey } from '../../platform/keys/secret-box.ts';
import { createAddressPolicy } from '../../platform/outgoing/address-policy.ts';
import type { OutgoingAnswer, OutgoingRequest } from '../../platform/outgoing/send-outgoing.ts';
import { createAuditLog } from '../audit/index.ts';
import { attempt, takeDue } from './deliver.usecase.ts';
import {
  type Caller,
  changeWebhook,
  createWebhook,
  type DeliveryDeps,
  deliverDue,
  eraseEvents,
  findDelivery,
  findWebhook,
  listDeliveries,
  listWebhooks,
  type NewEvent,
  pruneEvents,
  publishEvent,
  removeWebhook,
  replayDead,
  replayDelivery,
  rotateSecret,
  sendTestEvent,
  startDelivery,
  type WebhookStores,
} from './index.ts';
import { MAX_ATTEMPTS } from './schedule.ts';

const ok = answered(200);
const settings = {
  url: 'https://hooks.example.org/',
  events: ['*'],
  description: '',
  enabled: true,
};
const hourMs = 3_600_000;

function answered(status: number, body = ''): OutgoingAnswer {
  return { kind: 'answered', status, latencyMs: 5, body: Buffer.from(body) };
}

interface Sent {
  readonly url: string;
  readonly event: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describeOnEachEngine('webhooks', (engine) => {
  let database: TestDatabase;
  let stores: WebhookStores;
  let caller: Caller;
  let clock: Date;
  let sent: Sent[];
  let answer: (sent: Sent) => OutgoingAnswer | Promise<OutgoingAnswer>;
  let deps: DeliveryDeps;

  beforeAll(async () => {
    database = await createTestDatabase(engine);
    stores = {
      db: database.db,
      box: createSecretBox(singleKey(randomBytes(32))),
      policy: createAddressPolicy(),
      audit: createAuditLog(randomBytes(32)),
    };
  });
  afterAll(() => database?.close());

  beforeEach(async () => {
    await withSystem(database.db, (tx) => tx.deleteFrom('webhook').execute());
    caller = await newCaller();
    clock = new Date();
    sent = [];
    answer = () => ok;
    deps = { ...stores, now: () => clock, chance: () => 0, send };
  });

  async function newCaller(): Promise<Caller> {
    const tenant = newId('tenant');
    await withSystem(database.db, (tx) =>
      tx.insertInto('tenant').values({ id: tenant, name: 'x' }).execute(),
    );
    return { tenant, environment: 'live', actor: 'operator' };
  }

  async function send({ url, headers, body }: OutgoingRequest): Promise<OutgoingAnswer> {
    const { data } = JSON.parse(body) as { data: { session_id: string } };
    const message = {
      url,
      headers,
      body,
      event: headers['webhook-id'] ?? '',
      key: data.session_id,
    };
    const given = await answer(message);
    if (given.kind === 'answered' && given.status === 200) sent.push(message);
    return given;
  }

  function publish(key: string, more: Partial<NewEvent> = {}): Promise<string> {
    const event: NewEvent = {
      ...{ id: newId('event'), environment: 'live', type: 'session.approved', key, at: clock },
      data: { session_id: key },
      ...more,
    };
    return withTenant(database.db, caller.tenant, async (tx) => {
      await publishEvent(tx, stores.box, caller.tenant, event);
      return event.id;
    });
  }

  /** Lets time pass until nothing waits any more; answers how many attempts that took. */
  async function deliverAll(): Promise<number> {
    let attempts = 0;
    for (let quiet = 0; quiet < 2; ) {
      const made = await deliverDue(deps);
      attempts += made;
      quiet = made === 0 ? quiet + 1 : 0;
      if (made === 0) clock = new Date(clock.getTime() + 30 * hourMs);
    }
    return attempts;
  }

  it('deliver an event once, signed, to every endpoint that wants it', async () => {
    const all = await createWebhook(stores, caller, settings);
    const other = { ...settings, url: 'https://other.example.org/', events: ['session.declined'] };
    await createWebhook(stores, caller, other);
    await createWebhook(stores, { ...caller, environment: 'sandbox' }, settings);
    await createWebhook(stores, await newCaller(), settings);
    const id = await publish('ses_1');
    await deliverAll();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: settings.url, event: id });
    const { body = '', headers = {} } = sent[0] ?? {};
    expect(new Receiver(all.secret).verify(body, { ...headers })).toEqual({
      ...{ id, type: 'session.approved', timestamp: expect.any(String) },
      data: { session_id: 'ses_1' },
    });
  });

  it('exist only if what has happened is committed, and once however often it is published', async () => {
    await createWebhook(stores, caller, settings);
    const id = newId('event');
    const failing = withTenant(database.db, caller.tenant, async (tx) => {
      const event = { id, environment: 'live', type: 'session.approved', key: 'ses_1' } as const;
      await publishEvent(tx, stores.box, caller.tenant, { ...event, data: {}, at: clock });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await deliverAll()).toBe(0);
    await publish('ses_1', { id });
    await publish('ses_1', { id });
    await deliverAll();
    expect(sent.map(({ event }) => event)).toEqual([id]);
  });

  it('reach an endpoint in the order of each session, whatever fails in between', async () => {
    await createWebhook(stores, caller, settings);
    const failures = fc.array(fc.boolean(), { minLength: 5, maxLength: 30 });
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(keys, failures, fc.uuid(), async (order, fails, run) => {
        sent = [];
        const remaining = [...fails];
        answer = () => (remaining.pop() ? answered(503) : ok);
        const published: Record<string, string[]> = {};
        for (const name of order) {
          const key = `${name}-${run}`;
          published[key] = [...(published[key] ?? []), await publish(key)];
          // Some of it is delivered, or fails, before the next one comes.
          if (remaining.length % 2 === 0) await deliverDue(deps, 2);
        }
        await deliverAll();
        for (const [key, events] of Object.entries(published)) {
          expect(sent.filter((one) => one.key === key).map(({ event }) => event)).toEqual(events);
        }
      }),
      { numRuns: engine === 'postgres' ? 12 : 8 },
    );
  });

  it('of one session wait for one that fails; those of other sessions do not', async () => {
    await createWebhook(stores, caller, settings);
    answer = ({ key }) => (key === 'bad' ? answered(500) : ok);
    await publish('bad');
    await deliverDue(deps);
    await publish('bad', { type: 'session.declined' });
    await publish('good');
    clock = new Date(clock.getTime() + 1_000);
    expect(await deliverDue(deps)).toBe(1);
    expect(sent.map(({ key }) => key)).toEqual(['good']);
    answer = () => ok;
    clock = new Date(clock.getTime() + 60_000);
    expect(await deliverDue(deps)).toBe(1);
    expect(await deliverDue(deps)).toBe(1);
    const types = sent.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toEqual(['session.approved', 'session.approved', 'session.declined']);
  });

  it('that fail for three days become dead letters, let the next one pass, and can be replayed', async () => {
    const { webhook } = await createWebhook(stores, caller, settings);
    const began = clock;
    answer = ({ body }) =>
      body.includes('approved') ? answered(410, 'this endpoint is gone') : ok;
    const dead = await publish('ses_1');
    const after = await publish('ses_1', { type: 'session.declined' });
    const attempts = await deliverAll();
    expect(attempts).toBe(MAX_ATTEMPTS + 1);
    expect(sent.map(({ event }) => event)).toEqual([after]);
    const [newest, oldest] = await listDeliveries(stores, caller, webhook.id, { limit: 10 });
    expect(newest).toMatchObject({ state: 'delivered', attempts: 1, event: { id: after } });
    expect(oldest).toMatchObject({ state: 'dead', attempts: MAX_ATTEMPTS, event: { id: dead } });
    const log = await findDelivery(stores, caller, webhook.id, oldest?.id ?? '');
    expect(log.attempts).toHaveLength(MAX_ATTEMPTS);
    expect(log.attempts[0]).toMatchObject({
      ...{ attempt: 1, status: 410, latencyMs: 5, failure: undefined },
      excerpt: 'this endpoint is gone',
    });
    const lasted = (log.attempts.at(-1)?.at.getTime() ?? 0) - began.getTime();
    expect(lasted).toBeGreaterThan(2.9 * 24 * hourMs);

    answer = () => ok;
    const again = await replayDelivery(stores, caller, webhook.id, oldest?.id ?? '', clock);
    expect(again).toMatchObject({ state: 'pending', attempts: 0, event: { id: dead } });
    await deliverAll();
    expect(sent.map(({ event }) => event)).toEqual([after, dead]);
    expect(await replayDead(stores, caller, webhook.id, began, clock)).toBe(1);
    expect(await replayDead(stores, caller, webhook.id, new Date(Date.now() + hourMs))).toBe(0);
    await deliverAll();
    expect(sent.map(({ event }) => event)).toEqual([after, dead, dead]);
  });

  it('are sent by one of many senders, and by another when that one dies', async () => {
    await createWebhook(stores, caller, settings);
    const events = [];
    for (let i = 0; i < 12; i++) events.push(await publish(`ses_${i}`));
    const limits = { limit: 4, limitPerWebhook: 4, except: [] };
    const taken = await Promise.all([
      takeDue(deps, limits),
      takeDue(deps, limits),
      takeDue(deps, limits),
    ]);
    const numbers = taken.flat().map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    const [first, ...others] = taken.flat();
    if (!first) throw new Error('something was due');
    await Promise.all(others.map((due) => attempt(deps, due)));

    // The first sender is slow: its lease ends, somebody else sends, and what it records late does not count.
    clock = new Date(clock.getTime() + 31_000);
    while ((await deliverDue(deps)) > 0);
    expect(sent.map(({ event }) => event).sort()).toEqual([...events].sort());
    await attempt(deps, first);
    const [delivery] = await withSystem(database.db, (tx) =>
      tx.selectFrom('webhook_delivery').selectAll().where('number', '=', first.number).execute(),
    );
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('carry both signatures while a secret is being changed, and one afterwards', async () => {
    const { webhook, secret: first } = await createWebhook(stores, caller, settings);
    const overlap = { overlapMs: 24 * hourMs, now: clock };
    const { secret: second } = await rotateSecret(stores, caller, webhook.id, overlap);
    expect(second).not.toBe(first);
    await publish('ses_1');
    await deliverDue(deps);
    const [during] = sent.splice(0);
    for (const secret of [first, second]) {
      new Receiver(secret).verify(during?.body ?? '', { ...during?.headers });
    }
    const { secret: third } = await rotateSecret(stores, caller, webhook.id, overlap);
    await publish('ses_2');
    await deliverDue(deps);
    const [again] = sent.splice(0);
    expect(() => new Receiver(first).verify(again?.body ?? '', { ...again?.headers })).toThrow();
    new Receiver(second).verify(again?.body ?? '', { ...again?.headers });

    const late = new Date(Date.now() + 25 * hourMs);
    clock = late;
    await publish('ses_3');
    await deliverDue(deps);
    expect(sent[0]?.headers['webhook-signature']).toMatch(/^v1,\S{44}$/);
    expect(third).not.toBe(second);
  });

  it('rest while their endpoint is switched off, and go on afterwards', async () => {
    const { webhook } = await createWebhook(stores, caller, settings);
    const waiting = await publish('ses_1');
    await changeWebhook(stores, caller, webhook.id, { enabled: false });
    await publish('ses_1');
    expect(await deliverAll()).toBe(0);
    expect(await changeWebhook(stores, caller, webhook.id, { enabled: true })).toMatchObject({
      ...{ enabled: true, url: settings.url, filters: ['*'] },
    });
    await deliverAll();
    expect(sent.map(({ event }) => event)).toEqual([waiting]);
  });

  it('of one tenant are nothing to another, nor to the other environment', async () => {
    const { webhook } = await createWebhook(stores, caller, settings);
    const { id: delivery } = await sendTestEvent(stores, caller, webhook.id);
    for (const place of [await newCaller(), { ...caller, environment: 'sandbox' as const }]) {
      const missing = { code: 'webhook_not_found' };
      expect(await listWebhooks(stores, place)).toEqual([]);
      await expect(findWebhook(stores, place, webhook.id)).rejects.toMatchObject(missing);
      await expect(findWebhook(stores, place, 'whk_x')).rejects.toMatchObject(missing);
      const change = { url: 'https://evil.example.org/' };
      await expect(changeWebhook(stores, place, webhook.id, change)).rejects.toMatchObject(missing);
      await expect(removeWebhook(stores, place, webhook.id)).rejects.toMatchObject(missing);
      const rotation = rotateSecret(stores, place, webhook.id, { overlapMs: 0 });
      await expect(rotation).rejects.toMatchObject(missing);
      const list = listDeliveries(stores, place, webhook.id, { limit: 1 });
      await expect(list).rejects.toMatchObject(missing);
      const found = findDelivery(stores, place, webhook.id, delivery);
      await expect(found).rejects.toMatchObject(missing);
    }
    const second = await createWebhook(stores, caller, settings);
    const foreign = findDelivery(stores, caller, second.webhook.id, delivery);
    await expect(foreign).rejects.toMatchObject({ code: 'delivery_not_found' });
  });

  it('may not be aimed at private addresses, nor be more than twenty', async () => {
    const refused = { code: 'webhook_url_refused' };
    const bad = { ...settings, url: 'http://169.254.169.254/latest' };
    await expect(createWebhook(stores, caller, bad)).rejects.toMatchObject(refused);
    const { webhook } = await createWebhook(stores, caller, settings);
    const change = changeWebhook(stores, caller, webhook.id, { url: 'https://[::1]/' });
    await expect(change).rejects.toMatchObject(refused);
    for (let i = 1; i < 20; i++) await createWebhook(stores, caller, settings);
    await expect(createWebhook(stores, caller, settings)).rejects.toMatchObject({
      code: 'webhook_limit_reached',
    });
    expect(await listWebhooks(stores, caller)).toHaveLength(20);
  });

  it('are made once by a request that is repeated', async () => {
    const id = newId('webhook');
    await createWebhook(stores, caller, settings, id);
    const { secret } = await createWebhook(stores, caller, settings, id);
    expect(await listWebhooks(stores, caller)).toHaveLength(1);
    await publish('ses_1');
    await deliverDue(deps);
    new Receiver(secret).verify(sent[0]?.body ?? '', { ...sent[0]?.headers });
  });

  it('leave nothing of an erased session, and nothing old that has ended', async () => {
    const { webhook } = await createWebhook(stores, caller, settings);
    await publish('erased');
    await publish('kept');
    await deliverDue(deps);
    answer = () => answered(500);
    await publish('waiting');
    await deliverDue(deps);
    await withTenant(database.db, caller.tenant, (tx) => eraseEvents(tx, caller.tenant, 'erased'));
    const keys = async () =>
      (await listDeliveries(stores, caller, webhook.id, { limit: 10 })).map(({ key }) => key);
    expect(await keys()).toEqual(['waiting', 'kept']);
    expect(await pruneEvents(database.db, new Date(Date.now() - hourMs))).toBe(0);
    expect(await pruneEvents(database.db, new Date(Date.now() + hourMs))).toBeGreaterThan(0);
    expect(await keys()).toEqual(['waiting']);
  });

  it('keep neither secrets nor contents in the clear', async () => {
    const { secret } = await createWebhook(stores, caller, settings);
    await publish('ses_1', { data: { session_id: 'ses_1', marker: 'a-marker-in-the-body' } });
    const rows = await withSystem(database.db, async (tx) => [
      ...(await tx.selectFrom('webhook_secret').select('secret_sealed as sealed').execute()),
      ...(await tx.selectFrom('webhook_event').select('body_sealed as sealed').execute()),
    ]);
    const all = Buffer.concat(rows.map(({ sealed }) => sealed));
    expect(all.includes('a-marker-in-the-body')).toBe(false);
    expect(all.includes(secret)).toBe(false);
    expect(all.includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false);
  });

  it('flow from a loop that is woken, leaves room for others when one endpoint hangs, and stops', async () => {
    await createWebhook(stores, caller, { ...settings, url: 'https://hangs.example.org/' });
    const good = await createWebhook(stores, caller, settings);
    let release = () => {};
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    answer = async ({ url }) => {
      if (url.includes('hangs')) await hanging;
      return ok;
    };
    const live = { ...deps, now: () => new Date() };
    const loop = startDelivery(live, { concurrency: 4, perWebhook: 2, pollMs: 20 });
    for (let i = 0; i < 8; i++) await publish(`ses_${i}`, { at: new Date() });
    loop.wake();
    const arrived = () => sent.filter(({ url }) => url === good.webhook.url).length;
    await expect.poll(arrived, { timeout: 60_000 }).toBe(8);
    // The last outcomes are still being recorded for a moment.
    await expect.poll(() => loop.inFlight, { timeout: 60_000 }).toBe(2);
    release();
    await expect.poll(() => sent.length, { timeout: 60_000 }).toBe(16);
    await loop.stop();
    expect(loop.inFlight).toBe(0);
  });
});
