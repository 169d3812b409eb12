import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionId, TenantId } from '../src/core/ids.ts';
import { type Scope, scopes } from '../src/core/principal.ts';
import { shippedWorkflows } from '../src/features/workflows/index.ts';
import { isScope } from '../src/http/bearer-auth.ts';
import { type RouteInfo, routesOf } from '../src/http/route.ts';
import { withSystem } from '../src/platform/db/transaction.ts';
import { describeOnEachEngine } from './support/database.ts';
import { type Service, startService } from './support/service.ts';

/**
 * A thing of the owner for each kind of address with parameters: the longest prefix of a route's URL counts.
 * A route without one fails the test, so that nobody can add a route and forget who may see what is behind it.
 */
const things: Readonly<
  Record<string, (service: Service, key: string) => Promise<Record<string, string>>>
> = {
  '/v1/objects/:bucket': async ({ url }, key) => {
    await fetch(`${url}/v1/objects/documents/jane.jpg`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'image/jpeg' },
      body: 'the bytes of the owner',
    });
    return { bucket: 'documents', name: 'jane.jpg' };
  },
  '/v1/sessions/:id': async ({ url }, key) => {
    const reply = await post(`${url}/v1/sessions`, key, {
      workflow: 'id-selfie',
      reference: 'the bytes of the owner',
    });
    return { id: reply.id, file: 'evd_00000000000000000000000000' };
  },
  '/compat/face-liveness/:id': async ({ url, db }, key) => {
    const { id: session } = await post(`${url}/v1/sessions`, key, { workflow: 'face-liveness' });
    const id = randomUUID();
    await withSystem(db, async (tx) => {
      const of = tx.selectFrom('session').select(['tenant_id', 'environment', 'id as session_id']);
      const row = await of.where('id', '=', session as SessionId).executeTakeFirstOrThrow();
      const rest = { token_sha256: null, audit_images: 0, bucket: null, prefix: null };
      const values = { ...row, ...rest, id, created_at: new Date() };
      await tx.insertInto('face_liveness_session').values(values).execute();
    });
    return { id };
  },
  '/v1/workflows/:id': async ({ url }, key) => {
    const name = `own-${randomUUID().slice(0, 8)}`;
    const draft = shippedWorkflows[0]?.graph ?? {};
    const reply = await post(`${url}/v1/workflows`, key, { name, title: 'x', draft });
    return { id: reply.id, version: '11' };
  },
  '/v1/webhooks/:id': async ({ url }, key) => {
    const post = async (path: string, body: object): Promise<{ id: string }> => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const reply = await fetch(url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return (await reply.json()) as { id: string };
    };
    const { id } = await post('/v1/webhooks', { url: 'https://hooks.owner.example/' });
    const { id: delivery } = await post(`/v1/webhooks/${id}/test`, {});
    return { id, delivery };
  },
};

/** Bodies that pass validation, where the empty one does not. */
const bodies = new Map<string, object>([
  ['ruleSession', { ruling: 'approved' }],
  ['requestResubmission', { streams: ['face'] }],
  ['changeWorkflowDraft', { draft: {} }],
]);

/** Things that belong to the tenant as a whole, live and sandbox alike. */
const ofBothEnvironments = new Set(['/v1/workflows/:id']);

/** Addresses that a caller makes by naming them: the same name is another thing for each. Tried last. */
const madeByName = new Map([
  ['listObjects', 200],
  ['putObject', 200],
]);
async function post(url: string, key: string, body: object): Promise<{ id: string }> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await reply.json()) as { id: string };
}

/** Stands in what belongs to the owner, or is derived from it. */
const marks = [
  'the bytes of the owner',
  'hooks.owner.example',
  createHash('sha256').update('the bytes of the owner').digest('hex'),
];

describeOnEachEngine('every route by scope and tenant', (engine) => {
  let service: Service;
  let owner: TenantId;
  let routes: readonly RouteInfo[];
  const keys = new Map<string, string>();

  beforeAll(async () => {
    service = await startService({ engine, parts: { rate: { perSecond: 1e6, burst: 1e6 } } });
    owner = await service.newTenant('owner');
    const stranger = await service.newTenant('stranger');
    for (const scope of Object.keys(scopes) as Scope[]) {
      keys.set(scope, await service.newApiKey(owner, [scope]));
    }
    keys.set('owner', await service.newApiKey(owner));
    keys.set('owner in sandbox', await service.newApiKey(owner, undefined, 'sandbox'));
    keys.set('stranger', await service.newApiKey(stranger));
    routes = routesOf(service.app).filter(({ access }) => isScope(access));
  });
  afterAll(() => service.close());

  const call = async (
    route: RouteInfo,
    key: string | undefined,
    params: Record<string, string>,
  ) => {
    const path = route.url.replace(/:(\w+)/g, (_, name) =>
      encodeURIComponent(params[name] ?? 'missing'),
    );
    const reply = await fetch(`${service.url}${path}`, {
      method: route.method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(!/GET|DELETE/.test(route.method) && { 'content-type': 'application/json' }),
      },
      ...(!/GET|DELETE/.test(route.method) && {
        body: JSON.stringify(bodies.get(route.operationId) ?? {}),
      }),
    });
    const text = await reply.text();
    const headers = Object.fromEntries(reply.headers);
    // What differs between any two answers: their ids, their time and the state of the bucket.
    for (const name of ['x-request-id', 'date', 'ratelimit-remaining', 'ratelimit-reset'])
      delete headers[name];
    return { status: reply.status, headers, text: text.replace(/urn:bonafide:request:\w+/, '') };
  };

  it('has routes to test', () => {
    expect(routes.length).toBeGreaterThan(5);
  });

  it('answers 401 without a key and with one that is none, 403 without the scope, and neither with it', async () => {
    for (const route of routes) {
      const at = `${route.method} ${route.url}`;
      expect((await call(route, undefined, {})).status, at).toBe(401);
      expect((await call(route, `bfk_live_${'0'.repeat(43)}`, {})).status, at).toBe(401);
      for (const scope of Object.keys(scopes)) {
        const { status, text } = await call(route, keys.get(scope), {});
        if (scope === route.access) expect([401, 403], at).not.toContain(status);
        else
          expect([status, JSON.parse(text).code], `${at} with ${scope}`).toEqual([
            403,
            'scope_missing',
          ]);
      }
    }
  });

  it("answers for another tenant's or environment's things as for things that do not exist", async () => {
    const withParams = routes.filter(({ url }) => url.includes(':'));
    const isNamed = ({ operationId }: RouteInfo) => Number(madeByName.has(operationId));
    for (const route of withParams.sort((a, b) => isNamed(a) - isNamed(b))) {
      const at = `${route.method} ${route.url}`;
      const prefix = Object.keys(things)
        .filter((candidate) => route.url.startsWith(candidate))
        .sort((a, b) => b.length - a.length)[0];
      const make = prefix === undefined ? undefined : things[prefix];
      expect(make, `${at}: add a thing for it to this test`).toBeDefined();
      const params = (await make?.(service, keys.get('owner') ?? '')) ?? {};
      const missing = Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          name,
          value.replace(/[a-z0-9](?=[^a-z0-9]*$)/, '0'),
        ]),
      );
      const others = [
        'stranger',
        ...(ofBothEnvironments.has(prefix ?? '') ? [] : ['owner in sandbox']),
      ];
      for (const caller of others) {
        const foreign = await call(route, keys.get(caller), params);
        const absent = await call(route, keys.get(caller), missing);
        for (const mark of marks) expect(JSON.stringify(foreign), at).not.toContain(mark);
        expect(foreign.status, `${at} by ${caller}`).toBe(madeByName.get(route.operationId) ?? 404);
        if (!madeByName.has(route.operationId)) expect(foreign, at).toEqual(absent);
      }
    }
  });

  it('kept the things of their owner', async () => {
    const list = await fetch(`${service.url}/v1/objects/documents`, {
      headers: { authorization: `Bearer ${keys.get('owner')}` },
    });
    expect(await list.json()).toMatchObject({
      data: [{ name: 'jane.jpg', size: 22 }],
      next_cursor: null,
    });
  });
});

describe('routes', () => {
  it('have operation ids of their own', async () => {
    const service = await startService();
    const ids = routesOf(service.app).map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    await service.close();
  });
});
