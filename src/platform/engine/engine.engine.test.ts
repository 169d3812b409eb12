import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ObjectContext, object } from '@restatedev/restate-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceWorker } from './announce-worker.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from './embedded-engine.ts';
import { createEngineClient, type EngineClient } from './engine-client.ts';
import { serveWorker, type Worker } from './worker.ts';

let dataDir: string;
let engine: EmbeddedEngine;
let client: EngineClient;
let worker: Worker;
const seen: string[] = [];

const counter = object({
  name: 'counter',
  handlers: {
    add: async (ctx: ObjectContext, by: number) => {
      const sum = ((await ctx.get<number>('sum')) ?? 0) + by;
      ctx.set('sum', sum);
      seen.push(`${ctx.key} ${sum}`);
      return sum;
    },
  },
});

const serve = (port = 0) =>
  serveWorker({
    services: [counter],
    identityKey: engine.identityKey,
    host: '127.0.0.1',
    port,
    logger: () => undefined,
  });
const announce = (version: string) =>
  announceWorker(client, {
    workerUrl: `http://127.0.0.1:${worker.port}`,
    version,
    ownsEngine: true,
  });
const add = (by: number, key = 'a') =>
  client.call({ service: 'counter', key, handler: 'add', payload: by });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
  engine = await startEmbeddedEngine({ dataDir });
  client = createEngineClient(engine.address);
  worker = await serve();
  await announce('1');
});

afterAll(async () => {
  client.close();
  await engine.close();
  await worker.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the embedded engine', () => {
  it('carries calls to our handlers and keeps the state of a key', async () => {
    expect(await add(2)).toBe(2);
    expect(await add(3)).toBe(5);
  });

  it('opens no port, and keeps its files to itself', async () => {
    expect(engine.address.ingress.socketPath).toContain(dataDir);
    expect(statSync(join(dataDir, 'engine')).mode & 0o077).toBe(0);
    expect(statSync(join(dataDir, 'engine', 'identity.pem')).mode & 0o077).toBe(0);
  });

  it('signs its calls: nobody else may call the handlers', async () => {
    const { connect } = await import('node:http2');
    const session = connect(`http://127.0.0.1:${worker.port}`);
    const stream = session.request({ ':method': 'GET', ':path': '/v/1/discover' });
    const status = await new Promise((resolve) =>
      stream.once('response', (headers) => resolve(headers[':status'])),
    );
    session.destroy();
    expect(status).toBe(401);
  });

  it('comes back after a kill with what it held, on the same address', async () => {
    const before = engine.pid;
    expect(before).toBeTypeOf('number');
    process.kill(before ?? 0, 'SIGKILL');
    while (engine.pid === before || !(await client.isReady())) await sleep(50);
    expect(engine.restarts).toBe(1);
    expect(await add(4)).toBe(9);
  });

  it('finds the handlers again when they moved to another port and version', async () => {
    await worker.close();
    await client.send({ service: 'counter', key: 'b', handler: 'add', payload: 1 });
    worker = await serve();
    await announce('2');
    expect(await add(1)).toBe(10);
    const giveUpAt = Date.now() + 20_000;
    while (!seen.includes('b 1') && Date.now() < giveUpAt) await sleep(50);
    expect(seen).toContain('b 1');
    expect((await client.deployments()).map(({ uri }) => new URL(uri).pathname)).toEqual(
      expect.arrayContaining(['/v/1', '/v/2']),
    );
  });
});
