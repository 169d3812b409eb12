import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp } from '../../test/support/http-app.ts';
import type { App } from './server.ts';

const directory = mkdtempSync(join(tmpdir(), 'bonafide-tls-'));
const file = (name: string) => join(directory, name);
let app: App;
let port: number;

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...subject], { stdio: 'ignore' });
  app = createTestApp({
    tls: { cert: readFileSync(file('cert.pem')), key: readFileSync(file('key.pem')) },
    limits: { headersTimeoutMs: 500 },
  });
  const schema = { operationId: 'hello', tags: ['System'] };
  app.get('/hello', { config: { access: 'public' }, schema }, async () => ({ hello: 'there' }));
  port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(async () => {
  await app.close();
  rmSync(directory, { recursive: true });
});

interface Reply {
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

function read(options: RequestOptions = {}): Promise<Reply> {
  const ca = readFileSync(file('cert.pem'));
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, path: '/hello', servername: 'localhost', ca, ...options };
    get(to, async (response) => {
      const chunks = await response.toArray();
      resolve({ body: Buffer.concat(chunks).toString(), headers: response.headers });
    }).on('error', reject);
  });
}

describe('HTTPS', () => {
  it('answers whoever trusts the certificate, and asks browsers to come back the same way', async () => {
    const { body, headers } = await read();
    expect(JSON.parse(body)).toEqual({ hello: 'there' });
    expect(headers['strict-transport-security']).toMatch(/max-age=\d+/);
  });

  it('is not spoken below TLS 1.2, and not believed without the certificate', async () => {
    await expect(
      read({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow(/protocol version|alert|SSL/i);
    await expect(read({ ca: [] })).rejects.toThrow(/self-signed/);
  });

  it('hangs up on whoever never finishes the handshake', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.destroyed).toBe(true);
  });
});
