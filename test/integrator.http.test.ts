import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BonafideError, createClient, listAll } from '../clients/typescript/index.ts';
import { createLogger } from '../src/platform/telemetry/logger.ts';
import { photograph } from './support/photographs.ts';
import { type Service, startService } from './support/service.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

let service: Service;
let apiKey: string;
const logged: string[] = [];

beforeAll(async () => {
  const log = createLogger({ level: 'trace', destination: { write: (line) => logged.push(line) } });
  service = await startService({ vision: true, parts: { log } });
  apiKey = await service.newApiKey(await service.newTenant('integrator'));
});
afterAll(() => service.close());

describe('the generated client', () => {
  const client = () => createClient({ baseUrl: service.url, apiKey });

  it('compares faces from files and from base64 with the same answer', async () => {
    const files = await client().compareFaces({ source: photograph(1), target: photograph(2) });
    const bytes = (image: Buffer) => ({ bytes: image.toString('base64') });
    const json = await client().compareFaces({
      source: bytes(photograph(1)),
      target: bytes(photograph(2)),
      similarity_threshold: 80,
    });
    expect(json).toEqual(files);
    expect(files.matches.length + files.unmatched.length).toBeGreaterThan(0);
    expect(files.models[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('throws problems as one class', async () => {
    const refused = client().verifyIdentity({
      document_front: Buffer.from('text'),
      selfie: photograph(1),
    });
    await expect(refused).rejects.toBeInstanceOf(BonafideError);
    await expect(refused).rejects.toMatchObject({
      status: 415,
      code: 'image_format_unsupported',
      requestId: expect.stringMatching(/^req_/),
    });
    const wrong = client().compareFaces({
      source: photograph(1),
      target: photograph(1),
      similarity_threshold: 200,
    });
    await expect(wrong).rejects.toMatchObject({ errors: [{ pointer: '/similarity_threshold' }] });
  });

  it('stores objects, walks over pages and deletes', async () => {
    for (const name of ['a', 'b/1', 'c'])
      await client().putObject({ bucket: 'pages', name, body: Buffer.from(name) });
    const names: string[] = [];
    const page = (cursor: string | undefined) =>
      client().listObjects({ bucket: 'pages', limit: 2, ...(cursor !== undefined && { cursor }) });
    for await (const { name } of listAll(page)) names.push(name);
    expect(names).toEqual(['a', 'b/1', 'c']);
    await client().deleteObject({ bucket: 'pages', name: 'b/1' });
    await expect(client().deleteObject({ bucket: 'pages', name: 'b/1' })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('comes again after the time that the server names, with the same idempotency key', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers['idempotency-key']?.toString());
      request.resume();
      if (seen.length === 1) request.socket.destroy();
      else if (seen.length === 2)
        response.writeHead(429, { 'retry-after': '1' }).end('{"code":"rate_limited"}');
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"similarity":1,"match":false}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const startedAt = performance.now();
    const impatient = createClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey });
    await impatient.compareIdAndSelfie({ dl: 'AQID', selfie: 'AQID' });
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(1);
    server.close();
  });
});

describe('the log of all this', () => {
  it('has a line for each request, and neither keys nor names nor images', async () => {
    const log = logged.join('');
    expect(log).toContain('"operation":"compareFaces","method":"POST","status":200');
    expect(log).toContain('"code":"image_format_unsupported"');
    expect(log).toContain('"operation":"putObject"');
    const image = photograph(1).toString('base64');
    for (const secret of [apiKey, 'b/1', 'b%2F1', image.slice(0, 40), 'Bearer', '127.0.0.1:']) {
      expect(log.replace(/"Server listening.*"/, '')).not.toContain(secret);
    }
  });
});

describe('the documentation', () => {
  /** Commands of a page, in order, one script. */
  function scriptOf(page: string): string {
    const text = readFileSync(join(root, 'docs', page), 'utf8');
    return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join('\necho\n');
  }

  it.each(['api.md', 'aws.md'])('of %s has commands that work', async (page) => {
    const directory = mkdtempSync(join(tmpdir(), 'bonafide-docs-'));
    mkdirSync(join(directory, 'data'));
    const credentials = { base_url: service.url, api_key: apiKey };
    writeFileSync(join(directory, 'data/credentials.json'), JSON.stringify(credentials));
    writeFileSync(join(directory, 'source.jpg'), photograph(1));
    writeFileSync(join(directory, 'target.jpg'), photograph(2));
    const script = `set -euo pipefail\n${page === 'api.md' ? '' : scriptOf('api.md').split('\n\n')[0]}\n${scriptOf(page)}`;
    const { stdout } = await run('bash', ['-c', script], { cwd: directory, maxBuffer: 1e7 });
    expect(stdout).toMatch(page === 'api.md' ? /"similarity":/ : /"next_cursor":null/);
    expect(stdout).not.toContain('urn:bonafide:problem');
    rmSync(directory, { recursive: true });
  });

  it('at /openapi.json passes the linter', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bonafide-openapi-'));
    const file = join(directory, 'openapi.json');
    writeFileSync(file, await (await fetch(`${service.url}/openapi.json`)).text());
    const args = ['redocly', 'lint', '--format', 'json', file];
    const { stdout } = await run('npx', args, { cwd: root });
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 } });
    rmSync(directory, { recursive: true });
  });

  it('at /docs names every operation and loads nothing', async () => {
    const reply = await fetch(`${service.url}/docs`);
    const html = await reply.text();
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    for (const { operationId } of Object.values(document.paths).flatMap((item) =>
      Object.values(item),
    )) {
      expect(html).toContain(`id="${operationId}"`);
    }
    expect(html).not.toMatch(/<script|src=|https?:\/\/(?!localhost)/);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
