import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../test/support/service.ts';
import type { SessionId, TenantId } from '../../core/ids.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import { createMessageSeal } from '../../platform/engine/message-seal.ts';
import type { TaskResult } from '../checks/index.ts';
import { applyEvent, feedOnce, type SessionState } from './index.ts';
import type { SessionMessage } from './session-message.ts';

/** The API without an engine: `drain` carries events to the sessions, `compute` says what tasks would. */
let service: Service;
let tenant: TenantId;
let key: string;
const seal = createMessageSeal(randomBytes(32));
let steps = 0;

async function apply(session: SessionId, event: SessionMessage['event']): Promise<void> {
  const deps = { db: service.db, publish: async () => undefined };
  steps++;
  await applyEvent(deps, tenant, session, `step ${steps}`, { event });
}

async function drain(): Promise<void> {
  const send = async ({ key: session = '', payload }: { key?: string; payload: unknown }) => {
    const { event } = seal.open(`session/${session}`, payload) as SessionMessage;
    await apply(session as SessionId, event);
  };
  const deps = { db: service.db, seal, send };
  for (let fed = await feedOnce(deps); fed.taken > 0; fed = await feedOnce(deps, fed.delivered));
}

async function stateOf(session: string): Promise<SessionState> {
  const row = await withTenant(service.db, tenant, (tx) =>
    tx
      .selectFrom('session')
      .select('state')
      .where('id', '=', session as SessionId)
      .executeTakeFirstOrThrow(),
  );
  return row.state as unknown as SessionState;
}

/** Every task that runs ends as given. */
async function compute(session: string, result: Partial<TaskResult> = {}): Promise<void> {
  for (;;) {
    const { tasks } = await stateOf(session);
    const running = Object.entries(tasks).filter(([, task]) => !task.result);
    if (running.length === 0) return;
    for (const [task, { basis }] of running) {
      await apply(session as SessionId, {
        type: 'task_finished',
        task,
        basis,
        at: Date.now(),
        result: {
          outcome: 'done',
          codes: [],
          scores: { similarity: 60 },
          facts: {},
          artifacts: {},
          models: [],
          ...result,
        },
      });
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, compared and not computed with
type Json = any;

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${key}` },
): Promise<{ status: number; json: Json }> {
  const isBytes = body instanceof Uint8Array;
  const reply = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      ...headers,
      ...(body !== undefined && {
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      }),
    },
    ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, json: text === '' ? undefined : JSON.parse(text) };
}

const jpeg = (fill: string) =>
  Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(fill.repeat(50))]);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function open(more: Json = {}) {
  const { status, json } = await call('POST', '/v1/sessions', { workflow: 'id-selfie', ...more });
  expect(status, JSON.stringify(json)).toBe(201);
  await drain();
  return { id: json.id as SessionId, secret: json.capture.url.split('#')[1] as string, json };
}

async function enter(session: string, secret: string) {
  const { json } = await call('POST', '/capture/v1/token', { session, secret }, {});
  await drain();
  return { authorization: `Bearer ${json.token}` };
}

async function begin(headers: Record<string, string>, stream: string): Promise<string> {
  return (await call('POST', '/capture/v1/uploads', { stream }, headers)).json.id;
}

async function capture(headers: Record<string, string>, stream: string, bytes = jpeg('x')) {
  const id = await begin(headers, stream);
  await call('PUT', `/capture/v1/uploads/${id}/parts/1`, bytes, headers);
  const claim = { size: bytes.length, sha256: digest(bytes) };
  const done = await call('POST', `/capture/v1/uploads/${id}/complete`, claim, headers);
  await drain();
  return done;
}

beforeAll(async () => {
  service = await startService({ parts: { rate: { perSecond: 1e6, burst: 1e6 } } });
  tenant = await service.newTenant('acme');
  key = await service.newApiKey(tenant);
});
afterAll(() => service?.close());

describe('making a session', () => {
  it('answers a link whose secret stands in the fragment only', async () => {
    const { json } = await open({ reference: 'customer 7', metadata: { plan: 'gold' } });
    expect(json).toMatchObject({
      status: 'not_started',
      reference: 'customer 7',
      metadata: { plan: 'gold' },
      workflow: { version: 1 },
    });
    expect(json.capture.url).toMatch(/^http:\/\/localhost:8080\/verify\/ses_\w+#[\w-]{43}$/);
    expect(json.streams.map(({ stream, state }: Json) => `${stream} ${state}`)).toEqual([
      'face wanted',
      'document_front wanted',
    ]);
  });

  it('makes one session for one Idempotency-Key', async () => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'same' };
    const body = { workflow: 'id-selfie' };
    const [first, second] = [
      await call('POST', '/v1/sessions', body, headers),
      await call('POST', '/v1/sessions', body, headers),
    ];
    expect(second.json).toEqual(first.json);
  });

  it.each([
    [{ workflow: 'no-such' }, 404, 'workflow_not_found'],
    [{ workflow: 'id-selfie', workflow_version: 9 }, 404, 'workflow_not_found'],
    [{ workflow: 'id-selfie', colour: 'red' }, 400, 'validation_failed'],
    [{ workflow: 'id-selfie', callback: 'http://169.254.169.254/' }, 400, 'validation_failed'],
    [{ workflow: 'id-selfie', callback: 'https://[fd00::1]/' }, 400, 'validation_failed'],
    [{ workflow: 'id-selfie', callback: 'https://0xa.1/' }, 400, 'validation_failed'],
    [{ workflow: 'id-selfie', callback: 'http://shop.example/' }, 400, 'validation_failed'],
    [{ workflow: 'id-selfie', expected: { nationality: 'Utopia' } }, 400, 'validation_failed'],
    [
      { workflow: 'id-selfie', expected: { date_of_birth: '1990-02-30' } },
      400,
      'validation_failed',
    ],
  ])('refuses %j', async (body, status, code) => {
    expect(await call('POST', '/v1/sessions', body)).toMatchObject({ status, json: { code } });
  });

  it('lists by reference and status, page by page', async () => {
    const reference = `list ${randomBytes(4).toString('hex')}`;
    const ids = [await open({ reference }), await open({ reference })].map(({ id }) => id);
    const query = `reference=${encodeURIComponent(reference)}&limit=1`;
    const { json: first } = await call('GET', `/v1/sessions?${query}`);
    const { json: second } = await call('GET', `/v1/sessions?${query}&cursor=${first.next_cursor}`);
    expect([first.data[0].id, second.data[0].id]).toEqual(ids.reverse());
    expect(second.next_cursor).toBeNull();
    const { json: none } = await call('GET', `/v1/sessions?${query}&status=approved`);
    expect(none.data).toEqual([]);
  });
});

describe('the capture side', () => {
  it('exchanges a link once, for its own session', async () => {
    const [mine, other] = [await open(), await open()];
    const wrong = [
      { session: mine.id, secret: other.secret },
      { session: mine.id, secret: 'guessed' },
      { session: 'ses_nobody', secret: mine.secret },
    ];
    for (const body of wrong) {
      expect(await call('POST', '/capture/v1/token', body, {})).toMatchObject({
        status: 401,
        json: { code: 'capture_unauthorized' },
      });
    }
    const headers = await enter(mine.id, mine.secret);
    expect((await call('GET', '/capture/v1/session', undefined, headers)).json.status).toBe(
      'in_progress',
    );
    const again = { session: mine.id, secret: mine.secret };
    expect((await call('POST', '/capture/v1/token', again, {})).status).toBe(401);
    // An API key is no capture token, and a capture token is no API key.
    expect((await call('GET', '/capture/v1/session')).status).toBe(401);
    expect((await call('GET', `/v1/sessions/${mine.id}`, undefined, headers)).status).toBe(401);
  });

  it('renews its token, and hands over to another device', async () => {
    const { id, secret } = await open();
    const old = await enter(id, secret);
    const renewed = await call('POST', '/capture/v1/token/renewal', undefined, old);
    const fresh = { authorization: `Bearer ${renewed.json.token}` };
    expect((await call('GET', '/capture/v1/session', undefined, fresh)).status).toBe(200);
    const { json: link } = await call('POST', '/capture/v1/handover', undefined, fresh);
    for (const headers of [old, fresh]) {
      expect((await call('GET', '/capture/v1/session', undefined, headers)).status).toBe(401);
    }
    const phone = await enter(id, link.url.split('#')[1]);
    expect((await call('GET', '/capture/v1/session', undefined, phone)).status).toBe(200);
  });

  it('takes parts in any order, goes on after a break, and completes once', async () => {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    const bytes = jpeg('abcdefgh');
    const upload = await begin(headers, 'face');
    const parts = [bytes.subarray(0, 100), bytes.subarray(100, 250), bytes.subarray(250)];
    const put = (number: number) =>
      call('PUT', `/capture/v1/uploads/${upload}/parts/${number}`, parts[number - 1], headers);
    await put(3);
    await put(1);
    const claim = { size: bytes.length, sha256: digest(bytes) };
    const complete = () => call('POST', `/capture/v1/uploads/${upload}/complete`, claim, headers);
    expect((await complete()).json.code).toBe('upload_incomplete');
    const { json } = await call('GET', `/capture/v1/uploads/${upload}`, undefined, headers);
    expect(json.parts.map(({ number }: Json) => number)).toEqual([1, 3]);
    await put(2);
    const first = await complete();
    expect(first.status).toBe(201);
    expect((await complete()).json).toEqual(first.json);
    const rows = await withSystem(service.db, (tx) =>
      tx.selectFrom('evidence').select('id').where('session_id', '=', id).execute(),
    );
    expect(rows).toHaveLength(1);
  });

  it('refuses what is no capture, and stays as it was', async () => {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    expect(
      await call('POST', '/capture/v1/uploads', { stream: 'left_ear' }, headers),
    ).toMatchObject({
      status: 400,
      json: { code: 'validation_failed' },
    });
    const back = await call('POST', '/capture/v1/uploads', { stream: 'document_back' }, headers);
    expect(back).toMatchObject({ status: 409, json: { code: 'stream_not_wanted' } });
    expect(await capture(headers, 'face', Buffer.from('a text, no picture at all'))).toMatchObject({
      status: 422,
      json: { code: 'evidence_not_accepted' },
    });
    const upload = await begin(headers, 'face');
    const empty = new Uint8Array();
    expect(
      (await call('PUT', `/capture/v1/uploads/${upload}/parts/1`, empty, headers)).status,
    ).toBe(400);
    const nothing = { size: 1, sha256: digest(empty) };
    expect(
      (await call('POST', `/capture/v1/uploads/${upload}/complete`, nothing, headers)).status,
    ).toBeGreaterThanOrEqual(400);
    expect((await call('GET', '/capture/v1/session', undefined, headers)).json.streams[0]).toEqual({
      stream: 'face',
      state: 'wanted',
      attempts: 0,
      attempts_left: 3,
      reasons: [],
    });
  });

  it('begins no more uploads than a person can need, until some are given up', async () => {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) ids.push(await begin(headers, 'face'));
    const refused = await call('POST', '/capture/v1/uploads', { stream: 'face' }, headers);
    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    await call('DELETE', `/capture/v1/uploads/${ids[0]}`, undefined, headers);
    expect(await begin(headers, 'face')).toMatch(/^upl_/);
  });

  it('keeps a token to its own session', async () => {
    const [mine, other] = [await open(), await open()];
    const headers = await enter(mine.id, mine.secret);
    const foreign = await begin(await enter(other.id, other.secret), 'face');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '/parts/1'],
    ] as const) {
      const body = method === 'PUT' ? jpeg('y') : undefined;
      const reply = await call(method, `/capture/v1/uploads/${foreign}${path}`, body, headers);
      expect(reply, path).toMatchObject({ status: 404, json: { code: 'upload_not_found' } });
    }
  });

  it('takes one capture of a stream, and another when it is asked for, with the reason', async () => {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    expect((await capture(headers, 'face')).status).toBe(201);
    expect((await call('POST', '/capture/v1/uploads', { stream: 'face' }, headers)).json.code).toBe(
      'stream_not_wanted',
    );
    await compute(id, { outcome: 'rejected', codes: ['NO_FACE_DETECTED'] });
    const { json } = await call('GET', '/capture/v1/session', undefined, headers);
    expect(json.streams[0]).toMatchObject({
      stream: 'face',
      state: 'wanted',
      attempts_left: 2,
      reasons: [{ code: 'NO_FACE_DETECTED', title: 'No face was found' }],
    });
    expect((await capture(headers, 'face', jpeg('z'))).status).toBe(201);
  });

  it('tells progress as server-sent events', async () => {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    const reply = await fetch(`${service.url}/capture/v1/progress`, { headers });
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    expect(first?.value).toMatch(/^id: \d+\nevent: progress\ndata: \{.*"in_progress".*\}\n\n$/);
    await capture(headers, 'face');
    const second = await reader?.read();
    expect(second?.value).toContain('"stream":"face","state":"received"');
    await reader?.cancel();
  });
});

describe('decisions and rulings', () => {
  async function inReview() {
    const { id, secret } = await open();
    const headers = await enter(id, secret);
    for (const stream of ['face', 'document_front']) await capture(headers, stream, jpeg(stream));
    await compute(id);
    return id;
  }

  it('answer the five questions, and what no check can say is unclear, never yes', async () => {
    const { id, secret } = await open({ workflow: 'id-liveness-match' });
    const path = `/v1/sessions/${id}/decision`;
    expect((await call('GET', path)).json).toMatchObject({ outcome: null, decided_at: null });
    const headers = await enter(id, secret);
    for (const stream of ['face', 'document_front', 'document_back']) {
      await capture(headers, stream, jpeg(stream));
    }
    await compute(id, { scores: { similarity: 95 } });
    const { json } = await call('GET', path);
    expect(json.questions.map(({ question }: Json) => question)).toEqual([
      'live_person',
      'data_matches_initiator',
      'data_valid',
      'person_matches_document',
      'document_genuine',
    ]);
    const planned = json.checks.filter(({ reasons }: Json) =>
      reasons.some(({ code }: Json) => code === 'CHECK_NOT_AVAILABLE'),
    );
    for (const check of planned) expect(check.status).toBe('inconclusive');
    expect(json.outcome).not.toBe('approved');
    const match = json.checks.find(({ node }: Json) => node === 'face_match');
    expect(match).toMatchObject({ status: 'passed', score: 95 });
    expect(match.evidence.map(({ stream }: Json) => stream).sort()).toEqual([
      'document_front',
      'face',
    ]);
  });

  it('take a ruling in review only, and keep its reasons and its comment', async () => {
    const id = await inReview();
    const ruling = { ruling: 'declined', reasons: ['FORGED'], comment: 'The hologram is printed.' };
    expect((await call('POST', `/v1/sessions/${id}/ruling`, ruling)).status).toBe(202);
    await drain();
    const { json } = await call('GET', `/v1/sessions/${id}/decision`);
    expect(json).toMatchObject({ status: 'declined', outcome: 'in_review', ruling });
    expect(await call('POST', `/v1/sessions/${id}/ruling`, ruling)).toMatchObject({
      status: 409,
      json: { code: 'session_closed' },
    });
  });

  it('ask for chosen captures again', async () => {
    const id = await inReview();
    const path = `/v1/sessions/${id}/resubmission`;
    expect((await call('POST', path, { streams: ['document_back'] })).json.errors).toEqual([
      { pointer: '/streams/0', detail: 'was never captured' },
    ]);
    const body = { streams: ['document_front'], reasons: ['GLARE'] };
    expect((await call('POST', path, body)).status).toBe(202);
    await drain();
    const link = await call('POST', `/v1/sessions/${id}/link`, undefined);
    const headers = await enter(id, link.json.url.split('#')[1]);
    const { json } = await call('GET', '/capture/v1/session', undefined, headers);
    expect(json.status).toBe('resubmission_requested');
    expect(json.streams).toMatchObject([
      { stream: 'face', state: 'received' },
      { stream: 'document_front', state: 'wanted', reasons: [{ code: 'GLARE' }] },
    ]);
    await capture(headers, 'document_front', jpeg('new'));
    await compute(id, { scores: { similarity: 99 } });
    expect((await stateOf(id)).status).toBe('approved');
  });
});

describe('erasure', () => {
  const secrets = ['Erasmus Geheim', 'erase-me@example.org', 'PICTURE-OF-A-PERSON'];

  function filesBelow(directory: string): string[] {
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .filter((path) => statSync(path).isFile());
  }

  it('leaves nothing that can be read, not even in a copy of the disk from before', async () => {
    const { id, secret } = await open({
      reference: secrets[1],
      expected: { first_name: secrets[0] },
    });
    const headers = await enter(id, secret);
    const picture = jpeg(secrets[2] ?? '');
    const { json } = await capture(headers, 'face', picture);
    const file = `/v1/sessions/${id}/files/${json.evidence}`;
    const read = () =>
      fetch(`${service.url}${file}`, { headers: { authorization: `Bearer ${key}` } });
    expect(Buffer.from(await (await read()).arrayBuffer()).equals(picture)).toBe(true);

    const objects = join(service.directory, 'objects');
    const copy = join(service.directory, 'copy');
    cpSync(objects, copy, { recursive: true });
    const before = await withSystem(service.db, (tx) =>
      tx.selectFrom('evidence').selectAll().where('session_id', '=', id).execute(),
    );
    expect((await call('DELETE', `/v1/sessions/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/v1/sessions/${id}`)).status).toBe(204);

    // The files come back from a backup, the rows too: without the key they are noise.
    cpSync(copy, objects, { recursive: true });
    rmSync(copy, { recursive: true });
    const [row] = before;
    if (!row) throw new Error('there was a capture');
    const reading = (async () => {
      for await (const _ of service.objects.get(tenant, row.object_id));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'subject_erased' });
    expect(await call('GET', `/v1/sessions/${id}`)).toMatchObject({
      status: 200,
      json: { reference: null, streams: [], erased_at: expect.any(String) },
    });
    expect((await call('GET', `/v1/sessions/${id}/decision`)).status).toBe(410);
    expect((await read()).status).toBe(410);
    expect((await call('GET', '/capture/v1/session', undefined, headers)).status).toBe(401);
    for (const table of ['evidence', 'artifact', 'capture_grant'] as const) {
      const rows = await withSystem(service.db, (tx) =>
        tx.selectFrom(table).select('session_id').where('session_id', '=', id).execute(),
      );
      expect(rows, table).toEqual([]);
    }
    const audit = await withSystem(service.db, (tx) =>
      tx.selectFrom('audit_entry').select('action').where('target', '=', id).execute(),
    );
    expect(audit).toEqual([{ action: 'session.erased' }]);

    const database = new URL(service.databaseUrl).searchParams.get('host') ?? '';
    const files = [...filesBelow(service.directory), ...filesBelow(database)];
    expect(files.length).toBeGreaterThan(100);
    for (const path of files) {
      const bytes = readFileSync(path);
      for (const text of secrets) expect(bytes.includes(text), `${text} in ${path}`).toBe(false);
    }
  });
});

describe('workflows over HTTP', () => {
  const graph = (end: string) => ({
    start: 'face_match',
    nodes: {
      face_match: { type: 'check', check: 'face_match', next: 'end' },
      end: { type: 'decision', outcome: end },
    },
  });

  it('are drafts first, then versions that never change; sessions stay with theirs', async () => {
    const name = `own-${randomBytes(3).toString('hex')}`;
    const made = await call('POST', '/v1/workflows', {
      name,
      title: 'Own',
      draft: graph('in_review'),
    });
    expect(made).toMatchObject({ status: 201, json: { latest_version: null } });
    expect((await call('POST', '/v1/sessions', { workflow: name })).json.code).toBe(
      'workflow_not_found',
    );
    expect((await call('POST', `/v1/workflows/${name}/publish`)).json.version).toBe(1);
    const { id } = await open({ workflow: name });
    await call('PUT', `/v1/workflows/${name}/draft`, { draft: graph('determine') });
    expect((await call('POST', `/v1/workflows/${name}/publish`)).json.version).toBe(2);
    expect((await call('GET', `/v1/sessions/${id}`)).json.workflow.version).toBe(1);
    expect((await open({ workflow: name })).json.workflow.version).toBe(2);
    const { json } = await call('GET', `/v1/workflows/${name}/versions/1`);
    expect(json.graph.nodes.end.outcome).toBe('in_review');
    const taken = { name, title: 'Again', draft: {} };
    expect((await call('POST', '/v1/workflows', taken)).json.code).toBe('workflow_name_taken');
  });

  it('are not published while something is wrong, and say where', async () => {
    const name = `bad-${randomBytes(3).toString('hex')}`;
    const draft = {
      start: 'face_match',
      nodes: { face_match: { type: 'check', check: 'face_match', next: 'face_match' } },
    };
    const { json: validation } = await call('POST', '/v1/workflows/validate', { graph: draft });
    expect(validation).toMatchObject({ valid: false, issues: [{ code: 'cycle' }] });
    await call('POST', '/v1/workflows', { name, title: 'Bad', draft });
    expect(await call('POST', `/v1/workflows/${name}/publish`)).toMatchObject({
      status: 422,
      json: { code: 'workflow_invalid', errors: [{ pointer: '/draft/nodes' }] },
    });
  });

  it('name the checks there are, with the schema of their configuration', async () => {
    const { json } = await call('GET', '/v1/checks');
    const match = json.data.find(({ id }: Json) => id === 'face_match');
    expect(match).toMatchObject({ available: true, question: 'person_matches_document' });
    expect(match.config.properties.review_below.maximum).toBe(100);
  });
});
