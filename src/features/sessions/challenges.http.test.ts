import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../../../test/support/service.ts';
import type { EvidenceId, TenantId } from '../../core/ids.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { findAnsweredChallenge } from './challenge.repository.ts';

/** Challenges over HTTP: drawn anew for each attempt, claimed once by the capture that answers them. */
let service: Service;
let tenant: TenantId;
let key: string;

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, compared and not computed with
type Json = any;
type Headers = Record<string, string>;

async function call(method: string, path: string, headers: Headers, body?: unknown) {
  const isBytes = body instanceof Uint8Array;
  const type = isBytes ? 'application/octet-stream' : 'application/json';
  const reply = await fetch(`${service.url}${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, json: (text === '' ? undefined : JSON.parse(text)) as Json };
}

async function enter(): Promise<Headers> {
  const order = { workflow: 'id-selfie' };
  const { json } = await call('POST', '/v1/sessions', { authorization: `Bearer ${key}` }, order);
  const secret = json.capture.url.split('#')[1];
  const token = await call('POST', '/capture/v1/token', {}, { session: json.id, secret });
  return { authorization: `Bearer ${token.json.token}` };
}

const draw = (headers: Headers) => call('POST', '/capture/v1/challenges', headers);

async function send(headers: Headers, challenge: object) {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]);
  const upload = await call('POST', '/capture/v1/uploads', headers, { stream: 'face' });
  const { id } = upload.json;
  if (!id) return upload;
  await call('PUT', `/capture/v1/uploads/${id}/parts/1`, headers, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const claim = { size: bytes.length, sha256, challenge };
  return call('POST', `/capture/v1/uploads/${id}/complete`, headers, claim);
}

beforeAll(async () => {
  service = await startService({ parts: { rate: { perSecond: 1e6, burst: 1e6 } } });
  tenant = await service.newTenant('acme');
  key = await service.newApiKey(tenant);
});
afterAll(() => service?.close());

describe('challenges of a session', () => {
  it('tell what to do and when, each time something else', async () => {
    const headers = await enter();
    const first = await draw(headers);
    expect(first.status).toBe(201);
    expect(first.json.steps.length).toBeGreaterThanOrEqual(3);
    expect(first.json.steps[0]).toEqual({
      movement: expect.stringMatching(/turn_left|turn_right|nod|come_closer/),
      start_ms: 1_000,
      end_ms: expect.any(Number),
    });
    expect(first.json.flashes[0].colour).toHaveLength(3);
    const second = await draw(headers);
    expect(second.json.id).not.toBe(first.json.id);
    expect(second.json.steps).not.toEqual(first.json.steps);
  });

  it('are claimed by one capture, which is judged by them; of the camera no name is kept', async () => {
    const headers = await enter();
    const { json } = await draw(headers);
    const camera = { device_label: 'OBS Virtual Camera', width: 1280, height: 720 };
    const sent = await send(headers, { id: json.id, ...camera });
    expect(sent.status).toBe(201);
    const answered = await withTenant(service.db, tenant, (tx) =>
      findAnsweredChallenge(tx, tenant, [sent.json.evidence as EvidenceId]),
    );
    expect(answered?.script.id).toBe(json.id);
    expect(answered?.script.steps).toHaveLength(json.steps.length);
    expect(answered?.camera).toEqual({ isProgram: true, width: 1280, height: 720 });
  });

  it('are refused when they were replaced, belong to another session, or never were', async () => {
    const headers = await enter();
    const replaced = (await draw(headers)).json.id;
    await draw(headers);
    const foreign = (await draw(await enter())).json.id;
    for (const id of [replaced, foreign, 'chl_00000000000000000000000000000000']) {
      const { status, json } = await send(headers, { id });
      expect([status, json.code]).toEqual([409, 'challenge_unusable']);
    }
    // Nothing was accepted, so that an answer to a new one still can be.
    const { json } = await draw(headers);
    expect((await send(headers, { id: json.id })).status).toBe(201);
  });

  it('cannot be drawn until one fits', async () => {
    const headers = await enter();
    for (let i = 0; i < 8; i++) expect((await draw(headers)).status).toBe(201);
    expect(await draw(headers)).toMatchObject({ status: 429, json: { code: 'challenge_limit' } });
  });

  it('are for the bearer of a capture token only', async () => {
    expect((await draw({})).status).toBe(401);
    expect((await draw({ authorization: `Bearer ${key}` })).status).toBe(401);
  });
});
