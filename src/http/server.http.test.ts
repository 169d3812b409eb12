import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestApp } from '../../test/support/http-app.ts';
import { AppError } from '../core/errors.ts';
import { ImageField, imageRoute } from './image-input.ts';
import type { App } from './server.ts';
import { addSystemRoutes } from './system.routes.ts';

const info = {
  title: 'Test',
  version: '0',
  summary: 'Test',
  description: 'Test',
  tags: { Things: 'Things.', System: 'System.' },
};

interface Answer {
  code?: string;
  instance?: string;
  errors?: { pointer: string }[];
}

async function answerOf(reply: Response): Promise<Answer> {
  return (await reply.json()) as Answer;
}

let made = 0;

function addRoutes(app: App): void {
  const Body = z.strictObject({
    name: z.string(),
    inner: z.strictObject({ n: z.int() }).optional(),
  });
  app.post(
    '/v1/things',
    {
      config: { access: 'webhooks', idempotent: true },
      schema: {
        operationId: 'createThing',
        tags: ['Things'],
        body: Body,
        response: { 201: z.object({ id: z.string(), n: z.int() }) },
      },
    },
    async (request, reply) => {
      if (request.body.name === 'refused') throw new AppError('face_not_found', '`thing`: no');
      if (request.body.name === 'crash') throw new Error('Jane Doe');
      made++;
      const thing = { id: request.newId('webhook'), n: made, secret: 'never promised' };
      return reply.code(201).send(thing);
    },
  );
  app.post(
    '/v1/images',
    {
      config: { access: 'faces', ...imageRoute(['source', 'target'], ['threshold']) },
      schema: {
        operationId: 'compare',
        tags: ['Things'],
        body: z.strictObject({
          source: ImageField,
          target: ImageField,
          threshold: z.number().min(0).max(100).default(80),
        }),
        response: { 200: z.object({ source: z.int(), target: z.int(), threshold: z.number() }) },
      },
    },
    async ({ body }) => ({
      source: body.source.bytes.length,
      target: body.target.bytes.length,
      threshold: body.threshold,
    }),
  );
  addSystemRoutes(app, {
    ready: async () => ({ vision: { ready: false, detail: 'no process is ready' } }),
    info,
  });
}

const asAcme = { authorization: 'Bearer acme' };
let app: App;
let base: string;

beforeAll(async () => {
  app = createTestApp({
    limits: {
      requestTimeoutMs: 3_500,
      bodyIdleMs: 1_000,
      headersTimeoutMs: 500,
      headerBytes: 4096,
      jsonBytes: 2000,
    },
  });
  addRoutes(app);
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

const post = async (path: string, body: unknown, headers: Record<string, string> = asAcme) =>
  fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Sends raw bytes and answers everything that comes back until the server closes or `untilMs` passes. */
function raw(text: string, untilMs = 3_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    const timer = setTimeout(() => socket.destroy(), untilMs);
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

describe('the HTTP layer', () => {
  it('calls a wrong address wrong, whatever the body', async () => {
    const headers = { 'content-type': 'image/jpeg' };
    const reply = await fetch(`${base}/v1/nowhere`, { method: 'POST', headers, body: 'x' });
    expect(reply.status).toBe(404);
    expect(await answerOf(reply)).toMatchObject({ code: 'route_not_found' });
  });

  it('says that compressed bodies are not taken', async () => {
    const reply = await post('/v1/things', '{}', { ...asAcme, 'content-encoding': 'gzip' });
    expect(reply.status).toBe(415);
    expect(await answerOf(reply)).toMatchObject({
      code: 'media_type_unsupported',
      detail: expect.stringContaining('Content-Encoding'),
    });
  });

  it('strips what the response schema does not promise', async () => {
    const reply = await post('/v1/things', { name: 'a' });
    expect(reply.status).toBe(201);
    expect(Object.keys(await answerOf(reply)).sort()).toEqual(['id', 'n']);
  });

  it('refuses unknown fields with their pointers', async () => {
    const reply = await post('/v1/things', { name: 'a', inner: { n: 1, 'x/y~': 2 }, extra: 1 });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(await answerOf(reply)).toMatchObject({
      code: 'validation_failed',
      errors: expect.arrayContaining([
        { pointer: '/extra', detail: 'is not a known field' },
        { pointer: '/inner/x~1y~0', detail: 'is not a known field' },
      ]),
    });
  });

  it('says nothing of an unexpected error but its request id', async () => {
    const reply = await post(
      '/v1/things',
      { name: 'crash' },
      { ...asAcme, 'x-request-id': 'abc-1' },
    );
    expect(reply.status).toBe(500);
    expect(reply.headers.get('x-request-id')).toBe('abc-1');
    const text = await reply.text();
    expect(text).not.toContain('Jane');
    expect(JSON.parse(text).instance).toBe('urn:bonafide:request:abc-1');
  });

  it.each(['a b', 'x'.repeat(65), '<script>'])(
    'does not take over the request id %j',
    async (id) => {
      const reply = await fetch(`${base}/health/live`, { headers: { 'x-request-id': id } });
      expect(reply.headers.get('x-request-id')).toMatch(/^req_/);
    },
  );

  it.each([
    ['no key', {}, 401, 'unauthorized'],
    ['an unknown key', { authorization: 'Bearer nobody' }, 401, 'api_key_invalid'],
    ['another scheme', { authorization: 'Basic YWNtZQ==' }, 401, 'unauthorized'],
    ['a key without the scope', { authorization: 'Bearer none' }, 403, 'scope_missing'],
  ])('answers %s before it looks at the body', async (_name, headers, status, code) => {
    const reply = await post('/v1/things', 'not json', headers as Record<string, string>);
    expect([reply.status, (await answerOf(reply)).code]).toEqual([status, code]);
  });

  it('answers a repeated request from the first answer, and refuses the key for another body', async () => {
    const headers = { ...asAcme, 'idempotency-key': 'once' };
    const first = await post('/v1/things', { name: 'b' }, headers);
    const again = await post('/v1/things', { name: 'b' }, headers);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.status).toBe(201);
    const other = await post('/v1/things', { name: 'c' }, headers);
    expect((await answerOf(other)).code).toBe('idempotency_key_reused');
    const foreign = await post(
      '/v1/things',
      { name: 'c' },
      { ...headers, authorization: 'Bearer other' },
    );
    expect(foreign.status).toBe(201);
  });

  it('keeps refusals of the content for repetition, and lets failures be tried again', async () => {
    const headers = { ...asAcme, 'idempotency-key': 'refusal' };
    expect((await post('/v1/things', { name: 'refused' }, headers)).status).toBe(422);
    const again = await post('/v1/things', { name: 'refused' }, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([422, 'true']);
    const crash = { ...asAcme, 'idempotency-key': 'crash' };
    expect((await post('/v1/things', { name: 'crash' }, crash)).status).toBe(500);
    expect(
      (await post('/v1/things', { name: 'crash' }, crash)).headers.get('idempotency-replayed'),
    ).toBeNull();
  });

  it('limits each key and says when to come again', async () => {
    let now = 0;
    const limited = createTestApp({ rate: { perSecond: 1, burst: 2 }, monotonicMs: () => now });
    addRoutes(limited);
    const ask = (key: string) =>
      limited.inject({
        method: 'POST',
        url: '/v1/things',
        headers: { authorization: `Bearer ${key}` },
        payload: { name: 'a' },
      });
    expect((await ask('acme')).headers['ratelimit-remaining']).toBe('1');
    await ask('acme');
    const refused = await ask('acme');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-limit': '2',
      'ratelimit-reset': '2',
    });
    expect((await ask('other')).statusCode).toBe(201);
    now = 1_000;
    expect((await ask('acme')).statusCode).toBe(201);
    await limited.close();
  });

  it('does not start with a route that does not say who may call it', async () => {
    const careless = createTestApp();
    expect(() =>
      careless.get('/v1/open', { schema: { operationId: 'open' } }, async () => ({})),
    ).toThrow('access');
    await careless.close();
  });

  it('names the part that is not ready', async () => {
    const reply = await fetch(`${base}/health/ready`);
    expect(reply.status).toBe(503);
    expect(await answerOf(reply)).toEqual({
      status: 'not_ready',
      parts: { vision: { ready: false, detail: 'no process is ready' } },
    });
  });
});

describe('images', () => {
  const form = async (parts: Record<string, string | Blob>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(parts)) data.append(name, value);
    return fetch(`${base}/v1/images`, { method: 'POST', headers: asAcme, body: data });
  };
  const image = new Blob([new Uint8Array(300_000)], { type: 'image/jpeg' });

  it('come as parts or as base64, with the same result', async () => {
    const multipart = await form({ source: image, target: image, threshold: '90.5' });
    expect(await multipart.json()).toEqual({ source: 300_000, target: 300_000, threshold: 90.5 });
    const json = await post('/v1/images', {
      source: { bytes: 'AQID' },
      target: { bytes: Buffer.alloc(2_000_000).toString('base64') },
    });
    expect(await answerOf(json)).toEqual({ source: 3, target: 2_000_000, threshold: 80 });
  });

  it.each([
    [
      'base64 that is none',
      { source: { bytes: '%%%%' }, target: { bytes: 'AQID' } },
      '/source/bytes',
    ],
    ['a number as bytes', { source: { bytes: 5 }, target: { bytes: 'AQID' } }, '/source/bytes'],
    ['a missing image', { source: { bytes: 'AQID' } }, '/target'],
    [
      'both ways at once',
      { source: { bytes: 'AQID', url: 'x' }, target: { bytes: 'AQID' } },
      '/source/url',
    ],
  ])('refuses %s', async (_name, body, pointer) => {
    const reply = await post('/v1/images', body);
    expect(reply.status).toBe(400);
    expect((await answerOf(reply)).errors?.[0]?.pointer).toBe(pointer);
  });

  it.each([
    ['an unknown part', { source: image, target: image, extra: image }, '/extra'],
    ['text where a file is due', { source: 'AQID', target: image }, '/source'],
    ['an unknown option', { source: image, target: image, mode: 'x' }, '/mode'],
    ['a threshold in words', { source: image, target: image, threshold: 'high' }, '/threshold'],
    ['a form without one image', { source: image }, '/target'],
  ])('refuses %s', async (_name, parts, pointer) => {
    const reply = await form(parts);
    expect(reply.status).toBe(400);
    expect((await answerOf(reply)).errors?.[0]?.pointer).toBe(pointer);
  });

  it('sent twice, as file and as text, are refused', async () => {
    const data = new FormData();
    data.append('source', image);
    data.append('source', '{"bytes":"AQID"}');
    data.append('target', image);
    const reply = await fetch(`${base}/v1/images`, {
      method: 'POST',
      headers: asAcme,
      body: data,
    });
    expect((await answerOf(reply)).errors?.[0]).toMatchObject({ pointer: '/source' });
  });

  it('beyond 15 MB are refused by name', async () => {
    const reply = await form({ source: new Blob([new Uint8Array(15_000_001)]), target: image });
    expect(reply.status).toBe(413);
    expect(await answerOf(reply)).toMatchObject({
      code: 'image_too_large',
      detail: expect.stringContaining('source'),
    });
    const json = await post('/v1/images', `{"source":{"bytes":"${'A'.repeat(20_000_008)}"}}`);
    expect([json.status, (await answerOf(json)).code]).toEqual([413, 'image_too_large']);
  });
});

describe('on the wire', () => {
  const head =
    'POST /v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer acme\r\nContent-Type: application/json\r\n';

  it.each([
    ['a body that never comes', `${head}Content-Length: 100\r\n\r\n{"na`, '408'],
    [
      'chunks beyond the limit',
      `${head}Transfer-Encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(4)}`,
      '413',
    ],
    ['headers that never end', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ', '408'],
    [
      'a flood of headers',
      `GET /health/live HTTP/1.1\r\nHost: x\r\n${'X-A: aaaaaaaaaaaaaaaa\r\n'.repeat(500)}\r\n`,
      '431',
    ],
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n', '400'],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, '400'],
    [
      'a length and chunks',
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      '400',
    ],
    ['a length beyond the limit', `${head}Content-Length: 99999999\r\n\r\n{}`, '413'],
    [
      'an unknown content type',
      head.replace('json', 'xml').concat('Content-Length: 2\r\n\r\n{}'),
      '415',
    ],
    [
      'a form where none is taken',
      head
        .replace('application/json', 'multipart/form-data; boundary=x')
        .concat('Content-Length: 7\r\n\r\n--x--\r\n'),
      '415',
    ],
    [
      'a form cut off',
      head
        .replace('application/json', 'multipart/form-data; boundary=x')
        .replace('things', 'images')
        .concat(
          'Content-Length: 60\r\nConnection: close\r\n\r\n--x\r\nContent-Disposition: form-data; name="source"; filename="a"',
        ),
      '408|400',
    ],
  ])('answers %s', async (_name, text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 (${status}) `));
    expect(answer).toContain('application/problem+json');
  });

  it('answers a body that comes byte by byte once its time is over', async () => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    socket.write(`${head}Content-Length: 100\r\n\r\n`);
    const dripping = setInterval(() => socket.write(' '), 200);
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    clearInterval(dripping);
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('takes what comes beyond the announced length as the next request, which it is not', async () => {
    const before = made;
    const answer = await raw(`${head}Content-Length: 12\r\n\r\n{"name":"a"}{"name":"b"}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.at(-1)).toBe('HTTP/1.1 400');
    expect(made - before).toBeLessThanOrEqual(1);
  });

  it('still serves afterwards', async () => {
    expect((await fetch(`${base}/health/live`)).status).toBe(200);
  });

  it('finishes what it accepted before it closes', async () => {
    const closing = createTestApp();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    closing.get(
      '/v1/slow',
      { config: { access: 'public' }, schema: { operationId: 'slow' } },
      async () => {
        await held;
        return 'done';
      },
    );
    const url = await closing.listen({ port: 0, host: '127.0.0.1' });
    const answer = fetch(`${url}/v1/slow`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = closing.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    expect(await (await answer).text()).toBe('done');
    await closed;
    await expect(fetch(`${url}/v1/slow`)).rejects.toThrow();
  });
});
