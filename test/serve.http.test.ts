import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/app/config.ts';
import { type Functions, openFunctions } from '../src/app/functions.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { beginJourney } from './support/journey.ts';
import {
  failToStart,
  freePort,
  type StartedPlatform,
  startPlatformProcess,
} from './support/platform.ts';
import { hasPostgres } from './support/postgres.ts';
import { type RestateCluster, startRestate } from './support/restate.ts';

describe('bonafide serve', () => {
  it('says everything that is missing at once', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
    const { code, output } = await failToStart({ DATA_DIR: dataDir }, ['serve', '--roles', 'cpu']);
    expect(code).toBe(2);
    expect(output).toMatch(/DATABASE_URL[\s\S]*RESTATE_INGRESS_URL[\s\S]*WORKER_URL/);
    const strange = await failToStart({ DATA_DIR: dataDir }, ['serve', '--roles', 'cpu,gpu']);
    expect(strange.output).toContain('--roles: gpu');
    rmSync(dataDir, { recursive: true });
  });
});

describe.skipIf(!hasPostgres)('roles in processes of their own, on one Restate', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
  let database: TestDatabase;
  let restate: RestateCluster;
  let shared: Record<string, string>;
  let api: StartedPlatform;
  let actors: StartedPlatform;
  const running: { stop(): Promise<unknown> }[] = [];

  async function serve(roles: string, more: Record<string, string> = {}) {
    const started = await startPlatformProcess({ ...shared, ...more }, ['serve', '--roles', roles]);
    running.push(started);
    return started;
  }
  const apiKey = () =>
    JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')).api_key as string;
  const workerUrl = async () => ({ WORKER_URL: `http://127.0.0.1:${await freePort()}` });

  async function decide(): Promise<string> {
    const journey = await beginJourney(() => api.url, apiKey());
    await journey.capture('face');
    await journey.capture('document_front');
    return journey.settled();
  }

  beforeAll(async () => {
    [database, restate] = await Promise.all([createTestDatabase('postgres'), startRestate()]);
    const [node] = restate.nodes;
    shared = {
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      RESTATE_INGRESS_URL: node?.ingressUrl ?? '',
      RESTATE_ADMIN_URL: node?.adminUrl ?? '',
      VISION_PROCESSES: '1',
      LOG_LEVEL: 'error',
    };
    const address = await workerUrl();
    [api, actors] = await Promise.all([serve('api'), serve('sessions,delivery', address)]);
  });
  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop().catch(() => undefined)));
    await restate?.stop();
    await database?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('bring a session to its decision, with pools over HTTP/1.1, and show their load', async () => {
    const pools = await serve('cpu,inference', {
      ...(await workerUrl()),
      WORKER_PROTOCOL: 'http1',
    });
    expect(await decide()).toMatch(/^(approved|in_review)$/);
    const metrics = await (await fetch(pools.metricsUrl)).text();
    expect(metrics).toContain('bonafide_pool_tasks{pool="inference",figure="waiting"} 0');
    for (const { metricsUrl } of [api, actors, pools]) {
      const reply = await fetch(metricsUrl.replace('/metrics', '/health/ready'));
      expect({ status: reply.status, body: await reply.json() }).toMatchObject({
        status: 200,
        body: { parts: { database: { ready: true }, engine: { ready: true } } },
      });
    }
    running.splice(running.indexOf(pools), 1);
    expect(await pools.stop()).toBe(0);
  });

  it('do so with the pools as functions', async () => {
    const functions = await openFunctions(loadConfig(shared));
    const host = await hostFetch(functions);
    const { port } = host.address() as AddressInfo;
    // What an operator does once for every version (docs/operations.md).
    await restate.client.register(`http://127.0.0.1:${port}/v/test`, 'http1');
    expect(await decide()).toMatch(/^(approved|in_review)$/);
    const discovery = (await functions.lambda(
      {
        path: '/discover',
        httpMethod: 'GET',
        headers: { accept: 'application/vnd.restate.endpointmanifest.v4+json' },
        body: null,
        isBase64Encoded: false,
      },
      {},
    )) as { statusCode: number; body: string };
    expect(discovery.statusCode).toBe(200);
    const { services } = JSON.parse(Buffer.from(discovery.body, 'base64').toString('utf8'));
    expect(services.map(({ name }: { name: string }) => name).sort()).toEqual(['cpu', 'inference']);
    host.closeAllConnections();
    host.close();
    await functions.close();
  });

  it('refuse a database whose keys are elsewhere', async () => {
    const other = mkdtempSync(join(tmpdir(), 'bf-'));
    const { code, output } = await failToStart({ ...shared, DATA_DIR: other }, [
      ...['serve', '--roles', 'delivery'],
    ]);
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('[master_key_mismatch]');
    rmSync(other, { recursive: true });
  });
});

/** As a host of fetch handlers does it: Request in, Response out. */
async function hostFetch({ fetch }: Functions): Promise<Server> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = 'GET' } = incoming;
    const request = new Request(`http://host${incoming.url}`, {
      method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      ...(method === 'POST' && { body: Buffer.concat(chunks) }),
    });
    const response = await fetch(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
