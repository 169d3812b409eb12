import { connect } from 'node:net';
import type { HostileFile } from './hostile-images.ts';
import { seeded } from './seeded.ts';

type Random = () => number;

/** What came back: the status, or `closed` when the server hung up on what is no HTTP. */
export interface Verdict {
  readonly name: string;
  readonly status: number | 'closed' | 'hung';
  readonly ms: number;
  /** Refusals of the API are problem documents; those of the AWS endpoint have its own form. */
  readonly isWellFormed: boolean;
}

export interface Target {
  readonly url: string;
  readonly apiKey: string;
}

interface Request {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

/** Longer than the slowest honest answer; beyond it a request counts as hung. */
const PATIENCE_MS = 60_000;

/** Requests of every bad kind, endlessly; the same for the same seed. */
export function* hostileRequests(
  images: Iterator<HostileFile>,
  paths: readonly (readonly [method: string, path: string])[],
  seed: number,
): Generator<(target: Target) => Promise<Verdict>> {
  const random = seeded(seed);
  for (let i = 0; ; i++) {
    const make = pick(random, makers);
    const request = make(random, images, paths);
    yield typeof request === 'string' || request instanceof Uint8Array
      ? (target) => sendRaw(target, `${i}: raw`, request)
      : (target) => send(target, { ...request, kind: `${i}: ${request.kind}` });
  }
}

type Maker = (
  random: Random,
  images: Iterator<HostileFile>,
  paths: readonly (readonly [string, string])[],
) => Request | string | Uint8Array;

const imageRoutes = [
  ['/v1/faces/detect', ['image']],
  ['/v1/faces/compare', ['source', 'target']],
  ['/v1/identity/verify', ['document_front', 'selfie']],
] as const;

/** Each is drawn equally often; images twice. */
const makers: readonly Maker[] = [
  imageAsPart,
  imageAsJson,
  brokenForm,
  brokenForm,
  oddJson,
  oddJson,
  oddContentType,
  oddHeaders,
  oddAddress,
  oddAws,
  oddWire,
  oddWire,
];

function imageAsPart(random: Random, images: Iterator<HostileFile>): Request {
  const [path, names] = pick(random, imageRoutes);
  const boundary = 'frontier';
  const parts = names.map((name) => filePart(boundary, name, nextImage(images)));
  return {
    kind: `image as part of ${path}`,
    method: 'POST',
    path,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

function imageAsJson(random: Random, images: Iterator<HostileFile>): Request {
  const [path, names] = pick(random, imageRoutes);
  const body = Object.fromEntries(
    names.map((name) => [name, { bytes: nextImage(images).toString('base64') }]),
  );
  return { kind: `image as JSON to ${path}`, method: 'POST', path, body: JSON.stringify(body) };
}

function brokenForm(random: Random, images: Iterator<HostileFile>): Request {
  const boundary = 'frontier';
  const part = filePart(boundary, 'image', nextImage(images));
  const end = Buffer.from(`--${boundary}--\r\n`);
  const [kind, body, type] = pick<readonly [string, Uint8Array, string?]>(random, [
    ['no end', part],
    ['cut', part.subarray(0, below(random, part.length))],
    ['noise', randomBytesOf(random, 2_000)],
    ['no boundary', Buffer.concat([part, end]), 'multipart/form-data'],
    ['empty boundary', Buffer.concat([part, end]), 'multipart/form-data; boundary='],
    ['other boundary', Buffer.concat([part, end]), 'multipart/form-data; boundary=elsewhere'],
    [
      'long boundary',
      Buffer.concat([part, end]),
      `multipart/form-data; boundary=${'b'.repeat(3_000)}`,
    ],
    ['nothing', Buffer.alloc(0)],
    ['only an end', end],
    [
      'many parts',
      Buffer.concat([
        ...Array.from({ length: 500 }, (_, n) => textPart(boundary, `n${n}`, 'x')),
        end,
      ]),
    ],
    ['same part often', Buffer.concat([...Array.from({ length: 20 }, () => part), end])],
    ['prototype', Buffer.concat([textPart(boundary, '__proto__', 'x'), end])],
    ['constructor', Buffer.concat([filePart(boundary, 'constructor', Buffer.from('x')), end])],
    ['long text', Buffer.concat([textPart(boundary, 'image', 'x'.repeat(100_000)), end])],
    ['long name', Buffer.concat([textPart(boundary, 'n'.repeat(5_000), 'x'), end])],
    ['part without headers', Buffer.concat([Buffer.from(`--${boundary}\r\n\r\nx\r\n`), end])],
    ['endless part header', Buffer.from(`--${boundary}\r\nX: ${'x'.repeat(50_000)}`)],
    [
      'nested',
      Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Type: multipart/mixed; boundary=in\r\nContent-Disposition: form-data; name="image"\r\n\r\n--in\r\n\r\nx\r\n--in--\r\n`,
        ),
        end,
      ]),
    ],
  ]);
  return {
    kind: `form with ${kind}`,
    method: 'POST',
    path: '/v1/faces/detect',
    headers: { 'content-type': type ?? `multipart/form-data; boundary=${boundary}` },
    body,
  };
}

function oddJson(random: Random): Request {
  const depth = 10 ** (1 + below(random, 5));
  const [kind, body] = pick<readonly [string, string | Uint8Array]>(random, [
    ['deep lists', `${'['.repeat(depth)}${']'.repeat(depth)}`],
    ['deep objects', `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['deep image', `{"image":${'{"bytes":'.repeat(depth)}""${'}'.repeat(depth)}}`],
    ['open lists', '['.repeat(depth)],
    ['many keys', `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join(',')}}`],
    ['prototype', '{"__proto__":{"bytes":"AQID"},"constructor":{"prototype":{}}}'],
    ['huge number', '{"image":{"bytes":1e999999}}'],
    ['long number', `{"image":${'9'.repeat(100_000)}}`],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['lone surrogate', '{"image":{"bytes":"\\ud800"}}'],
    ['mark of order', '\ufeff{"image":{"bytes":"AQID"}}'],
    ['nothing', ''],
    ['white space', ' '.repeat(10_000)],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"image"'],
    ['noise', randomBytesOf(random, 500)],
    ['base64 that is none', `{"image":{"bytes":"${'%'.repeat(1 + below(random, 5_000))}"}}`],
    ['URL-safe base64', '{"image":{"bytes":"_-_-"}}'],
    ['large nothing', `{"image":{"bytes":"${'A'.repeat(4 * below(random, 500_000))}"}}`],
    ['same field twice', '{"image":{"bytes":"AQID"},"image":{"bytes":5}}'],
    ['both ways', '{"image":{"bytes":"AQID","url":"file:///etc/passwd"}}'],
  ]);
  return { kind: `JSON with ${kind}`, method: 'POST', path: '/v1/faces/detect', body };
}

function oddContentType(random: Random): Request {
  const type = pick(random, [
    'text/plain',
    'application/xml',
    'image/jpeg',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/json, multipart/form-data',
    'application/jsonx',
    '/',
    ';',
    'a'.repeat(4_000),
  ]);
  return {
    kind: `content type ${type.slice(0, 40)}`,
    method: 'POST',
    path: pick(random, imageRoutes)[0],
    headers: { 'content-type': type },
    body: '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  };
}

function oddHeaders(random: Random): Request {
  const headers = pick<Record<string, string>>(random, [
    { authorization: 'Bearer' },
    { authorization: `Bearer ${'k'.repeat(5_000)}` },
    { authorization: 'Bearer bfk_live_\u00e9' },
    { authorization: 'Digest username="a"' },
    {
      'x-request-id': `a${String.fromCharCode(...randomBytesOf(random, 30).map((byte) => 33 + (byte % 90)))}`,
    },
    { 'idempotency-key': 'x'.repeat(256) },
    { 'idempotency-key': '\u00e9' },
    { 'idempotency-key': '' },
    { 'content-encoding': 'gzip' },
    { expect: '200-maybe' },
    { range: 'bytes=0-18446744073709551615' },
    { traceparent: '00-00000000000000000000000000000000-0000000000000000-ff' },
    { traceparent: 'x'.repeat(1_000) },
    { 'x-forwarded-for': "127.0.0.1, ::1, '; drop table tenant; --" },
    { cookie: 'a=b; '.repeat(500) },
    { 'x-http-method-override': 'DELETE' },
  ]);
  return {
    kind: `header ${Object.entries(headers)[0]?.join(': ').slice(0, 60)}`,
    method: 'POST',
    path: '/v1/faces/detect',
    headers,
    body: '{"image":{"bytes":"AQID"}}',
  };
}

function oddAddress(
  random: Random,
  _images: Iterator<HostileFile>,
  paths: readonly (readonly [string, string])[],
): Request {
  const junk = pick(random, [
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%ff%fe',
    '%',
    '%zz',
    "'%20or%201=1--",
    'a'.repeat(3_000),
    '__proto__',
    '%F0%9F%92%A9',
    'ten_00000000000000000000000000',
    '{id}',
    '-1',
  ]);
  const [method, path] = pick(random, paths);
  const query = pick(random, [
    '',
    '?limit=-1',
    '?limit=1e9',
    '?cursor=%00',
    '?cursor=AAAA',
    '?__proto__[a]=1',
    `?${'a=b&'.repeat(500)}`,
  ]);
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return {
    kind: `${method} ${path} with ${junk.slice(0, 30)}${query.slice(0, 30)}`,
    method: pick(random, [method, method, method, 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']),
    path: path.replace(/:\w+/g, junk) + query,
    ...(hasBody && { body: pick(random, ['{}', '[]', '{"unknown":1}', 'x']) }),
  };
}

function oddAws(random: Random, images: Iterator<HostileFile>): Request {
  const scope = '20260101/eu-west-1/rekognition/aws4_request';
  const authorization = pick(random, [
    '',
    'AWS4-HMAC-SHA256',
    `AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    `AWS4-HMAC-SHA256 Credential=${'A'.repeat(3_000)}/${scope}, SignedHeaders=host, Signature=00`,
    `AWS4-HMAC-SHA256 Credential=../../${scope}, SignedHeaders=${'a;'.repeat(2_000)}, Signature=${'f'.repeat(64)}`,
    `AWS4-ECDSA-P256-SHA256 Credential=A/${scope}`,
  ]);
  return {
    kind: `AWS call ${authorization.slice(0, 50)}`,
    method: 'POST',
    path: '/aws/rekognition',
    headers: {
      authorization,
      'content-type': pick(random, [
        'application/x-amz-json-1.1',
        'application/json',
        'text/plain',
      ]),
      'x-amz-target': pick(random, [
        'RekognitionService.DetectFaces',
        'RekognitionService.__proto__',
        'constructor',
        '',
      ]),
      'x-amz-date': pick(random, ['20260101T000000Z', '99999999T999999Z', 'now']),
    },
    body: JSON.stringify({ Image: { Bytes: nextImage(images).toString('base64') } }),
  };
}

/** What no HTTP library would send. */
function oddWire(random: Random): string | Uint8Array {
  const post =
    'POST /v1/faces/detect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\n';
  return pick<string | Uint8Array>(random, [
    randomBytesOf(random, 1 + below(random, 3_000)),
    'GET / HTTP/9.9\r\n\r\n',
    'GET\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    `GET /health/live HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(3_000)}\r\n`,
    `GET /health/live HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'GET http://elsewhere/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /health/live HTTP/1.1\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nHost : x\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n',
    'GET /health/live HTTP/1.1\nHost: x\nConnection: close\n\n',
    'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n',
    `${post}Content-Length: -1\r\n\r\n{}`,
    `${post}Content-Length: 2, 3\r\n\r\n{}`,
    `${post}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}`,
    `${post}Content-Length: 1e3\r\n\r\n{}`,
    `${post}Content-Length: 99999999999999999999\r\n\r\n{}`,
    `${post}Content-Length: 5\r\nConnection: close\r\n\r\n{}{}{}{}`,
    `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    `${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`,
    `${post}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2;${'e'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    `${post}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n${'T: v\r\n'.repeat(5_000)}\r\n`,
    `${post}Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}`,
    `${post}Content-Length: 100000\r\n\r\n{"image"`,
    `${post}Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n`,
  ]);
}

async function send(target: Target, request: Request): Promise<Verdict> {
  const startedAt = performance.now();
  const verdict = (status: Verdict['status'], isWellFormed: boolean): Verdict => ({
    name: request.kind,
    status,
    ms: performance.now() - startedAt,
    isWellFormed,
  });
  try {
    const reply = await fetch(`${target.url}${request.path}`, {
      method: request.method === 'TRACE' ? 'OPTIONS' : request.method,
      headers: {
        authorization: `Bearer ${target.apiKey}`,
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...toLatin1(request.headers ?? {}),
      },
      ...(request.body !== undefined && { body: request.body as string }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await reply.text();
    return verdict(reply.status, reply.status < 400 || isRefusal(request.path, reply, text));
  } catch (error) {
    const isHung = error instanceof Error && error.name === 'TimeoutError';
    return verdict(isHung ? 'hung' : 'closed', true);
  }
}

/** Headers carry bytes: what is beyond Latin-1 cannot even be sent. */
function toLatin1(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/[^\x20-\xff]/g, '?')]),
  );
}

function isRefusal(path: string, reply: Response, text: string): boolean {
  const type = reply.headers.get('content-type') ?? '';
  if (path.startsWith('/aws/')) return text.includes('"__type"') || type.includes('problem');
  return type === 'application/problem+json' && text.includes('"code"');
}

function sendRaw(target: Target, name: string, bytes: string | Uint8Array): Promise<Verdict> {
  const { hostname, port } = new URL(target.url);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname);
    const done = (isHung: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
      resolve({
        name: `${name} ${JSON.stringify(String(bytes).slice(0, 60))}`,
        status: isHung ? 'hung' : status || 'closed',
        ms: performance.now() - startedAt,
        isWellFormed: true,
      });
    };
    const timer = setTimeout(() => done(true), PATIENCE_MS);
    socket.on('connect', () =>
      socket.write(typeof bytes === 'string' ? bytes.replace('KEY', target.apiKey) : bytes),
    );
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      // An answer on a connection that stays open is an answer too.
      if (/\r\n\r\n/.test(answer) && !/^HTTP\/1\.1 100/.test(answer)) done(false);
    });
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
  });
}

function nextImage(images: Iterator<HostileFile>): Buffer {
  return images.next().value?.bytes ?? Buffer.alloc(0);
}

function filePart(boundary: string, name: string, bytes: Buffer): Buffer {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')]);
}

function textPart(boundary: string, name: string, text: string): Buffer {
  return Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  );
}

function randomBytesOf(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)));
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

/** Sends `count` of them, a few at a time, and answers those that were not refused as they should be. */
export async function attackService(
  target: Target,
  requests: Iterator<(target: Target) => Promise<Verdict>>,
  count: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<{ verdicts: Verdict[]; unfit: Verdict[] }> {
  const verdicts: Verdict[] = [];
  let started = 0;
  const worker = async () => {
    while (started < count) {
      started++;
      const next = requests.next().value;
      if (next) verdicts.push(await next(target));
      onProgress(verdicts.length);
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  const isUnfit = ({ status, isWellFormed }: Verdict) =>
    status === 'hung' || !isWellFormed || (typeof status === 'number' && status >= 500);
  return { verdicts, unfit: verdicts.filter(isUnfit) };
}

/** Crafted images first, then damaged ones without end. */
export function* imagesFor(
  crafted: readonly HostileFile[],
  damaged: Iterator<HostileFile>,
): Generator<HostileFile> {
  yield* crafted;
  for (let next = damaged.next(); !next.done; next = damaged.next()) yield next.value;
}
