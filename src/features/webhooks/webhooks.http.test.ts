import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Receiver } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../test/support/service.ts';
import type { WebhookDelivery } from '../../app/webhooks.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import { withTenant } from '../../platform/db/transaction.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Json = Record<string, unknown> & { data: Record<string, unknown>[] };

describe('webhooks over HTTP', () => {
  let service: Service;
  let delivery: WebhookDelivery;
  let tenant: TenantId;
  let key: string;
  let listener: Server;
  let endpoint: string;
  const received: Received[] = [];
  let status = 204;

  beforeAll(async () => {
    service = await startService();
    delivery = service.webhooks.deliver();
    tenant = await service.newTenant('acme');
    key = await service.newApiKey(tenant);
    listener = createServer(async (request, reply) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      received.push({ headers: request.headers, body });
      reply.writeHead(status).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`;
  });
  afterAll(async () => {
    await delivery?.close();
    await service?.close();
    listener?.close();
  });

  async function call(method: string, path: string, body?: object): Promise<[number, Json]> {
    const reply = await fetch(service.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return [reply.status, text ? JSON.parse(text) : {}];
  }

  const latest = () => expect.poll(() => received.at(-1), { timeout: 10_000 });

  it('are made, read, changed, tested and deleted', async () => {
    const [created, webhook] = await call('POST', '/v1/webhooks', {
      ...{ url: endpoint, events: ['session.*'], description: 'backend' },
    });
    expect(created).toBe(201);
    const { secret, ...rest } = webhook;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(rest).toMatchObject({ url: endpoint, events: ['session.*'], enabled: true });
    const path = `/v1/webhooks/${webhook.id}`;
    // Never shown again.
    expect(await call('GET', path)).toEqual([200, rest]);
    expect((await call('GET', '/v1/webhooks'))[1]).toEqual({ data: [rest], next_cursor: null });
    expect((await call('PATCH', path, { description: 'new' }))[1]).toMatchObject({
      ...{ description: 'new', url: endpoint, events: ['session.*'] },
    });

    const [tested, pending] = await call('POST', `${path}/test`);
    expect([tested, pending.state, pending.event_type]).toEqual([202, 'pending', 'webhook.test']);
    await latest().toBeDefined();
    const { headers, body } = received.at(-1) ?? { headers: {}, body: '' };
    const message = new Receiver(String(secret)).verify(body, headers as Record<string, string>);
    expect(message).toMatchObject({ type: 'webhook.test', data: { webhook_id: webhook.id } });
    expect(headers['content-type']).toBe('application/json');

    const log = () => call('GET', `${path}/deliveries/${pending.id}`).then(([, found]) => found);
    await expect.poll(async () => (await log()).state, { timeout: 10_000 }).toBe('delivered');
    expect(await log()).toMatchObject({
      ...{ attempts: 1, next_attempt_at: null, event_id: headers['webhook-id'], session_id: null },
      log: [{ attempt: 1, status: 204, failure: null, excerpt: '' }],
    });
    const [, list] = await call('GET', `${path}/deliveries?state=delivered`);
    expect(list.data).toHaveLength(1);

    expect((await call('DELETE', path))[0]).toBe(204);
    expect((await call('GET', path))[0]).toBe(404);
  });

  it('tell of a session, and carry two signatures after the secret was changed', async () => {
    const [, webhook] = await call('POST', '/v1/webhooks', { url: endpoint });
    const path = `/v1/webhooks/${webhook.id}`;
    const [, rotated] = await call('POST', `${path}/secret`, { overlap_hours: 1 });
    expect(rotated.secret).not.toBe(webhook.secret);
    const session = newId('session');
    await withTenant(service.db, tenant, (tx) =>
      service.webhooks.publish(tx, tenant, {
        ...{ event: 'session.approved', session, environment: 'live', status: 'approved' },
        workflow: { id: 'id-selfie', version: 1 },
      }),
    );
    await expect.poll(() => received.at(-1)?.body, { timeout: 10_000 }).toContain(session);
    const { headers, body } = received.at(-1) ?? { headers: {}, body: '' };
    for (const { secret } of [webhook, rotated]) {
      expect(
        new Receiver(String(secret)).verify(body, headers as Record<string, string>),
      ).toMatchObject({
        type: 'session.approved',
        data: {
          session_id: session,
          status: 'approved',
          workflow: { id: 'id-selfie', version: 1 },
        },
      });
    }
    await call('DELETE', path);
  });

  it('are sent once more on request, with the same id', async () => {
    status = 500;
    const [, webhook] = await call('POST', '/v1/webhooks', { url: endpoint });
    const path = `/v1/webhooks/${webhook.id}`;
    const [, pending] = await call('POST', `${path}/test`);
    const log = () => call('GET', `${path}/deliveries/${pending.id}`).then(([, found]) => found);
    await expect.poll(async () => (await log()).attempts, { timeout: 10_000 }).toBe(1);
    expect(await log()).toMatchObject({ state: 'pending', log: [{ status: 500 }] });
    status = 204;
    const [replayed, again] = await call('POST', `${path}/deliveries/${pending.id}/replay`);
    expect([replayed, again.event_id]).toEqual([202, pending.event_id]);
    expect(again.id).not.toBe(pending.id);
    expect((await call('POST', `${path}/replay`, {}))[1]).toEqual({ replayed: 0 });
    await call('DELETE', path);
  });

  it.each([
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 422, 'webhook_url_refused'],
    [{ url: 'http://example.org/' }, 201, undefined],
    [{ url: 'https://[::1]/' }, 422, 'webhook_url_refused'],
    [{ url: 'not a url' }, 422, 'webhook_url_refused'],
    [{ url: 'https://example.org/', events: ['session.aproved'] }, 400, 'validation_failed'],
    [{ url: 'https://example.org/', events: [] }, 400, 'validation_failed'],
    [{ url: 'https://example.org/', evnts: ['*'] }, 400, 'validation_failed'],
    [{}, 400, 'validation_failed'],
  ])('%j is answered with %i', async (body, expected, code) => {
    const [answered, problem] = await call('POST', '/v1/webhooks', body);
    expect([answered, problem.code]).toEqual([expected, code]);
  });

  it('refuse foreign cursors and limits that are none', async () => {
    const [, webhook] = await call('POST', '/v1/webhooks', { url: endpoint });
    const path = `/v1/webhooks/${webhook.id}/deliveries`;
    for (const query of ['cursor=AAAA', 'limit=0', 'limit=1000', 'state=lost', 'unknown=1']) {
      expect((await call('GET', `${path}?${query}`))[0], query).toBe(400);
    }
  });
});
