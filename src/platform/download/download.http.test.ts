import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAddress, downloadFile, downloadText } from './download.ts';

const body = Buffer.from('weights');

const routes: Record<string, RequestListener> = {
  '/file': (_, reply) => reply.end(body),
  '/same-host': (_, reply) => reply.writeHead(302, { location: '/file' }).end(),
  '/circle': (_, reply) => reply.writeHead(302, { location: '/circle' }).end(),
  '/other-host': (_, reply) => reply.writeHead(302, { location: 'https://example.org/f' }).end(),
  '/truncated': (_, reply) => {
    reply.writeHead(200, { 'content-length': 100 });
    reply.write(body, () => reply.destroy());
  },
  '/endless': (_, reply) => {
    const send = () => {
      if (!reply.destroyed) reply.write(Buffer.alloc(64_000), send);
    };
    send();
  },
};

let server: Server;
let folder: string;
let count = 0;

const at = (path: string) =>
  new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
const target = () => join(folder, `file-${count++}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonafide-download-'));
  server = createServer((request, reply) => {
    const route = routes[request.url?.split('?')[0] ?? ''];
    if (route) route(request, reply);
    else reply.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe('downloads', () => {
  it.each(['/file', '/same-host'])('arrive with their digest: %s', async (path) => {
    const file = target();
    const seen: number[] = [];
    const onProgress = (bytes: number) => seen.push(bytes);
    const { bytes, sha256 } = await downloadFile(at(path), file, { maxBytes: 100, onProgress });
    expect(await readFile(file)).toEqual(body);
    expect({ bytes, last: seen.at(-1) }).toEqual({ bytes: body.length, last: body.length });
    expect(sha256).toBe('9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c');
  });

  it.each([
    ['/other-host', /redirects to another host \(example\.org\)/],
    ['/circle', /circles/],
    ['/truncated', /\/truncated: /],
    ['/endless', /longer than 1000 bytes/],
    ['/missing', /answered 404/],
  ])('%s is refused', async (path, message) => {
    const download = downloadFile(at(path), target(), { maxBytes: 1000 });
    await expect(download).rejects.toMatchObject({ code: 'download_failed' });
    await expect(downloadFile(at(path), target(), { maxBytes: 1000 })).rejects.toThrow(message);
  });

  it('that announce too much are refused before they start', async () => {
    const download = downloadFile(at('/truncated'), target(), { maxBytes: 99 });
    await expect(download).rejects.toThrow(/it has 100 bytes, at most 99/);
  });

  it('as text keep to their limit', async () => {
    expect(await downloadText(at('/file'), 7)).toBe('weights');
    await expect(downloadText(at('/file'), 6)).rejects.toThrow(/at most 6/);
    await expect(downloadText(at('/endless'), 10_000)).rejects.toThrow(/longer than 10000/);
  });

  it('name the address without its query, which may hold a signature', async () => {
    const refusal = downloadText(at('/missing?signature=secret'), 10);
    await expect(refusal).rejects.toThrow(/\/missing: the server answered 404/);
    await expect(refusal).rejects.not.toThrow(/secret/);
  });

  it('when nobody answers, give the reason', async () => {
    const address = at('/file');
    address.port = '1';
    await expect(downloadText(new URL(address), 10)).rejects.toMatchObject({
      code: 'download_failed',
    });
  });
});

describe('addresses', () => {
  it.each([
    'http://example.org/m.onnx',
    'http://127.0.0.1.example.org/m.onnx',
    'http://10.0.0.1/m.onnx',
    'ftp://example.org/m.onnx',
    'file:///etc/passwd',
    'https://user:secret@example.org/m.onnx',
  ])('%s is not fetched', (address) => {
    expect(() => checkAddress(new URL(address))).toThrow(/fetched/);
    expect(() => checkAddress(new URL(address))).not.toThrow(/secret/);
  });

  it.each([
    'https://example.org/m',
    'http://127.0.0.1:1/m',
    'http://localhost/m',
    'http://[::1]/m',
  ])('%s is', (address) => {
    expect(() => checkAddress(new URL(address))).not.toThrow();
  });
});
