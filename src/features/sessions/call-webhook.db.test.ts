import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { newId, type SessionId, type TenantId } from '../../core/ids.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { openKeys } from '../../platform/keys/keys.ts';
import { createAddressPolicy } from '../../platform/outgoing/address-policy.ts';
import { createOutgoing } from '../../platform/outgoing/send-outgoing.ts';
import { toSigningSecret } from '../webhooks/index.ts';
import { createWorkflow, publishWorkflow } from '../workflows/index.ts';
import { callWebhook } from './call-webhook.usecase.ts';
import { createPersonalBox, openSession } from './index.ts';

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const tenant: TenantId = newId('tenant');
const secret = toSigningSecret(new Uint8Array(32).fill(7));
const asked: Asked[] = [];
let answers: { status: number; body: string }[] = [];
const directory = mkdtempSync(join(tmpdir(), 'bonafide-node-'));
let database: TestDatabase;
let session: SessionId;
let other: Server;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  await withSystem(db, (tx) => tx.insertInto('tenant').values({ id: tenant, name: 'x' }).execute());
  other = createServer(async (request, reply) => {
    const body = Buffer.concat(await request.toArray()).toString();
    asked.push({ headers: request.headers, body });
    const { status, body: answer } = answers.shift() ?? { status: 500, body: '' };
    reply.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/score`;
  const graph = {
    start: 'ask',
    nodes: {
      ask: { type: 'webhook', url, answers: { risk: 'number' }, next: 'done' },
      done: { type: 'decision', outcome: 'in_review' },
    },
  };
  const id = newId('workflow');
  await createWorkflow(db, tenant, { id, name: 'asking', title: 'Asking', draft: graph });
  await publishWorkflow(db, tenant, id);
  const row = await openSession(
    { db, personal: createPersonalBox(await openKeys({ directory: join(directory, 'keys') })) },
    { tenant, environment: 'sandbox' },
    {
      id: newId('session'),
      subject: newId('subject'),
      workflow: 'asking',
      locale: 'en',
      data: { reference: null, expected: null, metadata: null, callback: null },
    },
    new Date(),
  );
  session = row.id;
});
afterAll(async () => {
  other?.close();
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
});

function call(allow: readonly string[] = ['127.0.0.0/8']) {
  const policy = createAddressPolicy(allow);
  return callWebhook(
    {
      db: database.db,
      send: (request, timeoutMs) => createOutgoing({ policy, timeoutMs })(request),
      secretOf: () => secret,
      pauseMs: 1,
    },
    { tenant, session, node: 'ask', round: 1 },
  );
}

describe('a webhook node', () => {
  it('asks with a signature that the official library accepts, and takes the declared answer', async () => {
    answers = [{ status: 200, body: '{"risk": 3, "note": "ignored"}' }];
    expect(await call()).toEqual({ status: 'answered', answers: { risk: 3 } });
    const [{ headers, body } = { headers: {}, body: '' }] = asked;
    const library = new Webhook(secret);
    expect(library.verify(body, headers as Record<string, string>)).toMatchObject({
      session_id: session,
      node: 'ask',
    });
    expect(() => library.verify(`${body} `, headers as Record<string, string>)).toThrow();
  });

  it('asks again with the same id when the other side is in trouble, three times at most', async () => {
    answers = [
      { status: 503, body: '' },
      { status: 200, body: '{"risk": 1}' },
    ];
    expect(await call()).toMatchObject({ status: 'answered' });
    expect(new Set(asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    answers = [];
    expect(await call()).toMatchObject({ status: 'failed' });
    expect(asked).toHaveLength(5);
  });

  it('does not reach into private networks, nor take an answer of another kind', async () => {
    answers = [{ status: 200, body: '{"risk": "low"}' }];
    expect(await call([])).toMatchObject({ status: 'failed' });
    expect(asked).toHaveLength(0);
    expect(await call()).toMatchObject({ status: 'failed' });
  });
});
