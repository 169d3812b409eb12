/**
 * What another copy brings: pool tasks that only take time on 1, 2 and 8 workers behind a balancer of connections,
 * and real inference on 1 and 2 vision processes. `npm run bench:scale -- [--full] [--pools] [--json FILE]`;
 * `--pools` leaves inference out
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Context, object, service } from '@restatedev/restate-sdk';
import { startVision } from '../src/app/vision.ts';
import { analyseFaces } from '../src/features/faces/index.ts';
import { resolveModels } from '../src/features/models/index.ts';
import { createMessageSeal } from '../src/platform/engine/message-seal.ts';
import { serveWorker } from '../src/platform/engine/worker.ts';
import { startBalancer } from '../test/support/balancer.ts';
import { photograph } from '../test/support/photographs.ts';
import { startRestate } from '../test/support/restate.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';
import { cpuMsOf } from './support/cpu-time.ts';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    pools: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const taskMs = 50;
const tasksPerWorker = values.full ? 200 : 80;
const rows: BenchRow[] = [];

await measurePools();
if (!values.pools) await measureInference();
publishBench('scale', rows, process.argv);
process.exit();

async function measurePools(): Promise<void> {
  const key = randomBytes(32);
  const restate = await startRestate();
  const ingressUrl = restate.nodes[0]?.ingressUrl ?? '';
  const workers: { child: ChildProcess; port: number }[] = [];
  const balancer = await startBalancer(() => workers.map(({ port }) => port));
  const finished = createCounter();
  const load = await serveLoad(key, finished.count);
  await restate.client.register(`http://127.0.0.1:${load.port}/`);
  const throughput: Record<number, number> = {};
  for (const size of [1, 2, 8]) {
    while (workers.length < size) workers.push(await startWorker(key, ingressUrl));
    await restate.client.register(`${balancer.url}/v/${size}`, 'http1');
    await finish(4 * size);
    const count = tasksPerWorker * size;
    const pids = [restate.nodes[0]?.pid, process.pid, ...workers.map(({ child }) => child.pid)];
    const cpuBefore = cpuMsOf(pids);
    const startedAt = performance.now();
    await finish(count);
    throughput[size] = count / ((performance.now() - startedAt) / 1000);
    const cpuMs = (cpuMsOf(pids) - cpuBefore) / count;
    rows.push({ what: `cpu_ms_per_task_${size}_workers`, value: cpuMs, unit: 'ms' });
    const ideal = (1000 / taskMs) * size;
    rows.push({
      what: `tasks_per_second_${size}_workers`,
      value: throughput[size] ?? 0,
      unit: '/s',
      against: `${ideal} at most`,
    });
  }
  for (const size of [2, 8]) {
    const ratio = (throughput[size] ?? 0) / (size * (throughput[1] ?? 1));
    rows.push({
      ...{ what: `linear_share_${size}_workers`, value: ratio, unit: '' },
      ...{ bar: '≥ 0.9', ok: ratio >= 0.9 },
    });
  }
  for (const { child } of workers) child.disconnect();
  await load.close();
  await balancer.close();
  await restate.stop();

  /** From outside: one call makes the backlog, and the sessions of the bench hear of every result. */
  async function finish(count: number): Promise<void> {
    const done = finished.next(count);
    await restate.client.call({ service: 'load', handler: 'make', payload: count });
    await done;
  }
}

function createCounter() {
  let left = 0;
  let resolve = () => {};
  return {
    next(count: number): Promise<void> {
      left = count;
      return new Promise((done) => {
        resolve = done;
      });
    },
    count() {
      left--;
      if (left === 0) resolve();
    },
  };
}

/** In place of the sessions: makes tasks and hears of their results. */
function serveLoad(key: Uint8Array, onResult: () => void) {
  const seal = createMessageSeal(key);
  const make = async (ctx: Context, count: number) => {
    for (let i = 0; i < count; i++) {
      const message = { tenant: '', session: `s${i}`, task: 'wait', basis: {}, artifacts: {} };
      ctx.genericSend({
        ...{ service: 'cpu', method: 'run' },
        parameter: new TextEncoder().encode(JSON.stringify(seal.seal('cpu', message))),
      });
    }
  };
  const apply = async () => onResult();
  return serveWorker({
    services: [
      service({ name: 'load', handlers: { make } }),
      object({ name: 'session', handlers: { apply } }),
    ],
    ...{ host: '127.0.0.1', port: 0, logger: () => undefined },
  });
}

async function startWorker(
  key: Buffer,
  ingressUrl: string,
): Promise<{ child: ChildProcess; port: number }> {
  const entry = fileURLToPath(new URL('../test/support/pool-worker-child.ts', import.meta.url));
  const child = fork(entry, [key.toString('hex'), String(taskMs), ingressUrl], {
    execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

/** The cores of this machine bound it, whatever the number of processes. */
async function measureInference(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bf-'));
  const { models } = await resolveModels({ dataDir });
  const input = { bytes: photograph(1), name: 'image', embed: 'first' } as const;
  const perSecond: number[] = [];
  for (const processes of [1, 2]) {
    const vision = startVision({ processes, models });
    await vision.ready();
    const run = async (count: number) => {
      const works = Array.from({ length: 4 }, async () => {
        for (let i = 0; i < count / 4; i++) await vision.run(analyseFaces, input);
      });
      await Promise.all(works);
    };
    await run(16);
    const count = values.full ? 400 : 60;
    const startedAt = performance.now();
    await run(count);
    perSecond.push(count / ((performance.now() - startedAt) / 1000));
    await vision.close();
  }
  const [one = 1, two = 0] = perSecond;
  const against = `${availableParallelism()} cores`;
  rows.push(
    { what: 'faces_per_second_1_process', value: one, unit: '/s', against },
    { what: 'faces_per_second_2_processes', value: two, unit: '/s', against, ratio: two / one },
  );
  rmSync(dataDir, { recursive: true, force: true });
}
