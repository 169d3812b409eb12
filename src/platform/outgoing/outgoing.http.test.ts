import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressPolicy } from './address-policy.ts';
import { refuseUrl } from './outgoing-url.ts';
import { createOutgoing, type OutgoingOptions } from './send-outgoing.ts';

const strict = createAddressPolicy();
const loopback = createAddressPolicy(['127.0.0.0/8']);

describe('the address policy', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'no address',
    '',
  ])('keeps off %s', (address) => {
    expect(strict.judge(address, 'https:')).toBe('not_public');
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '223.255.255.255',
    '::ffff:8.8.8.8',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ])('lets https reach %s, and not http', (address) => {
    expect(strict.judge(address, 'https:')).toBeUndefined();
    expect(strict.judge(address, 'http:')).toBe('not_encrypted');
  });

  it('lets plain http reach what the operator allows, and nothing else', () => {
    const policy = createAddressPolicy(['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5', '192.168.7.7']) {
      expect(policy.judge(address, 'http:'), address).toBeUndefined();
    }
    for (const address of ['10.2.0.1', 'fd00:2::5', '192.168.7.8', '127.0.0.1']) {
      expect(policy.judge(address, 'http:'), address).toBe('not_public');
    }
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    'example.org',
    '10.0.0.0/8/8',
    '',
    '1.2.3.4/-1',
  ])('refuses %s as a range', (range) => {
    expect(() => createAddressPolicy([range])).toThrow(RangeError);
  });
});

describe('a URL is refused before anything is resolved', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:a00:1]/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://127.1/',
    'https://0/',
    'https://①②⑦.⓪.⓪.①/',
    'https://127.0.0.1./',
    'http://example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://example.org/',
    'https://user:password@example.org/',
    'https://example.org/#fragment',
    'example.org',
    'https://',
    `https://example.org/${'a'.repeat(2_000)}`,
  ])('%s', (url) => {
    expect(refuseUrl(url, strict)).toBeTypeOf('string');
  });

  it('unless nothing speaks against it', () => {
    expect(refuseUrl('https://hooks.example.org:8443/bonafide?x=1', strict)).toBeUndefined();
    expect(refuseUrl('http://127.0.0.1:9000/', loopback)).toBeUndefined();
    expect(refuseUrl('http://receiver.internal/', loopback)).toBeUndefined();
  });
});

function makeCertificate(folder: string, name: string): boolean {
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  try {
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('what is sent out', () => {
  const servers: (() => void)[] = [];
  afterEach(() => {
    for (const close of servers.splice(0)) close();
  });

  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  const sendTo = (url: string, options: Partial<OutgoingOptions> = {}) =>
    createOutgoing({ policy: loopback, ...options })({
      url,
      headers: { 'x-test': '1' },
      body: '{"ü":1}',
    });

  it('arrives as it is, with the host of the URL', async () => {
    let seen: { request: IncomingMessage; body: string } | undefined;
    const port = await serve(async (request, reply) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen = { request, body };
      reply.writeHead(202).end('fine');
    });
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const answer = await sendTo(`http://receiver.example:${port}/hook?a=b`, { resolve });
    expect(answer).toMatchObject({ kind: 'answered', status: 202, body: Buffer.from('fine') });
    expect(seen?.body).toBe('{"ü":1}');
    expect(seen?.request.headers).toMatchObject({
      host: `receiver.example:${port}`,
      'x-test': '1',
    });
    expect(seen?.request).toMatchObject({ method: 'POST', url: '/hook?a=b' });
  });

  it('resolves a name once, so that it cannot point elsewhere afterwards', async () => {
    let connections = 0;
    const port = await serve((_request, reply) => {
      connections += 1;
      reply.end();
    });
    let lookups = 0;
    const rebinding = async () => {
      lookups += 1;
      // First an address that may be reached, then, had anybody asked again, one that may not.
      return [{ address: lookups === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
    };
    expect(await sendTo(`http://rebind.example:${port}/`, { resolve: rebinding })).toMatchObject({
      kind: 'answered',
    });
    expect([lookups, connections]).toEqual([1, 1]);
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.1']],
    [['169.254.169.254']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
  ])('does not go where a name leads to %s', async (addresses) => {
    let connections = 0;
    const port = await serve((_request, reply) => {
      connections += 1;
      reply.end();
    });
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const answer = await sendTo(`https://rebind.example:${port}/`, { policy: strict, resolve });
    expect(answer).toMatchObject({ kind: 'failed', reason: 'address_refused' });
    expect(connections).toBe(0);
  });

  it('does not go to a refused literal address, nor to names that do not resolve', async () => {
    expect(await sendTo('https://127.0.0.1/', { policy: strict })).toMatchObject({
      reason: 'url_refused',
    });
    const resolve = async () => {
      throw new Error('ENOTFOUND');
    };
    expect(await sendTo('https://nowhere.example/', { resolve })).toMatchObject({
      reason: 'name_not_resolved',
    });
  });

  it('checks the certificate against the name of the URL, at the pinned address', async ({
    skip,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tls-'));
    try {
      if (!makeCertificate(folder, 'receiver.example')) skip('openssl is not installed');
      const [key, cert] = await Promise.all(
        ['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name), 'utf8')),
      );
      const names: unknown[] = [];
      const server = createTlsServer({ key, cert }, (request, reply) => {
        names.push((request.socket as TLSSocket).servername);
        reply.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.push(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
      const trusting = { resolve, ca: cert ?? '' };
      const right = await sendTo(`https://receiver.example:${port}/`, trusting);
      expect(right).toMatchObject({ kind: 'answered', status: 200 });
      expect(names).toEqual(['receiver.example']);
      for (const [url, options] of [
        [`https://other.example:${port}/`, trusting],
        [`https://receiver.example:${port}/`, { resolve }],
      ] as const) {
        expect(await sendTo(url, options)).toMatchObject({ reason: 'tls_failed' });
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('does not follow redirects', async () => {
    let followed = 0;
    const target = await serve((_request, reply) => {
      followed += 1;
      reply.end();
    });
    const port = await serve((_request, reply) => {
      reply.writeHead(307, { location: `http://127.0.0.1:${target}/` }).end();
    });
    expect(await sendTo(`http://127.0.0.1:${port}/`)).toMatchObject({
      kind: 'answered',
      status: 307,
    });
    expect(followed).toBe(0);
  });

  it('ends answers that are too large, also endless ones', async () => {
    const small = await serve((_request, reply) => void reply.end(Buffer.alloc(64 * 1024)));
    expect(await sendTo(`http://127.0.0.1:${small}/`)).toMatchObject({ kind: 'answered' });
    const large = await serve((_request, reply) => void reply.end(Buffer.alloc(64 * 1024 + 1)));
    expect(await sendTo(`http://127.0.0.1:${large}/`)).toMatchObject({
      reason: 'answer_too_large',
    });
    const endless = await serve((_request, reply) => {
      const timer = setInterval(() => reply.write(Buffer.alloc(10_000)), 1);
      reply.on('close', () => clearInterval(timer));
    });
    expect(await sendTo(`http://127.0.0.1:${endless}/`)).toMatchObject({
      reason: 'answer_too_large',
    });
  });

  it.each([
    ['never answers', () => {}],
    ['drips headers', (_request, reply) => void reply.writeEarlyHints({ link: '</a>; rel=x' })],
    [
      'drips its body',
      (_request, reply) => {
        const timer = setInterval(() => reply.write('x'), 20);
        reply.on('close', () => clearInterval(timer));
      },
    ],
  ] satisfies [string, RequestListener][])(
    'gives up on a receiver that %s',
    async (_, listener) => {
      const port = await serve(listener);
      const answer = await sendTo(`http://127.0.0.1:${port}/`, { timeoutMs: 300 });
      expect(answer).toMatchObject({ kind: 'failed', reason: 'timeout' });
      expect(answer.latencyMs).toBeGreaterThanOrEqual(290);
    },
  );

  it('gives up on a resolver that never answers', async () => {
    const resolve = () => new Promise<never>(() => {});
    const answer = await sendTo('https://slow.example/', { resolve, timeoutMs: 200 });
    expect(answer).toMatchObject({ reason: 'timeout' });
  });

  it('says when nobody listens, the line breaks or TLS does not come about', async () => {
    const gone = await serve((request) => request.socket.destroy());
    expect(await sendTo(`http://127.0.0.1:${gone}/`)).toMatchObject({
      reason: 'connection_failed',
    });
    expect(await sendTo(`https://127.0.0.1:${gone}/`)).toMatchObject({ kind: 'failed' });
    for (const close of servers.splice(0)) close();
    expect(await sendTo(`http://127.0.0.1:${gone}/`)).toMatchObject({
      reason: 'connection_failed',
    });
  });
});
