import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestApp } from '../../../test/support/http-app.ts';
import { startTracing } from './tracing.ts';

const received: { url: string; body: string }[] = [];
const collector = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ url: request.url ?? '', body: Buffer.concat(chunks).toString('latin1') });
    response.writeHead(200).end();
  });
});

beforeAll(() => new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve)));
afterAll(() => collector.close());

it('sends a span for each request, with its operation and nothing of its address', async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  const tracing = await startTracing(endpoint);
  const app = createTestApp();
  app.get(
    '/v1/people/:name',
    { config: { access: 'public' }, schema: { operationId: 'getPerson' } },
    async () => 'ok',
  );
  const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  await app.inject({ url: '/v1/people/jane?secret=1', headers: { traceparent } });
  await app.close();
  await tracing.close();
  vi.unstubAllEnvs();

  expect(received.map(({ url }) => url)).toEqual(['/v1/traces']);
  const [{ body } = { body: '' }] = received;
  expect(body).toContain('getPerson');
  expect(body).toContain('bonafide');
  expect(body).toContain('\xab'.repeat(16));
  for (const word of ['jane', 'secret', process.title]) expect(body).not.toContain(word);
});

it('loads nothing while it is off', async () => {
  await (await startTracing(undefined)).close();
});
