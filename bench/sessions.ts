/**
 * Sessions, event by event against pipelines that begin with the last upload, on the same task code and pools.
 * `npm run bench:sessions -- [--full] [--json FILE]`: 6 sessions of each kind, 12 with `--full`.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Stream as AnyStream } from '../src/features/checks/index.ts';
import { withSystem } from '../src/platform/db/transaction.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';
import { cpuMsOf } from './support/cpu-time.ts';
import {
  beginSession,
  emptyTasks,
  openSessionBench,
  processAtTheEnd,
  realTasks,
  sessionMedia,
  startEngine,
  upload,
} from './support/session-bench.ts';

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const runs = values.full ? 12 : 6;
/** Between two uploads of one person. */
const gapMs = 2_000;
const processes = Math.max(2, availableParallelism());
const { mediaOf, statement } = sessionMedia();
type Stream = Exclude<AnyStream, 'proof_of_address'>;

const last: readonly Stream[] = ['document_back', 'document_front', 'face'];
const rows: BenchRow[] = [];

console.log(`Media: ${statement}. ${processes} vision processes.`);
const bench = await openSessionBench(processes);
try {
  // The pipelines that wait run without the engine, so that nobody else takes up their captures.
  const serial = await measureWaiting('one after the other');
  const parallel = await measureWaiting('all at once');
  await measureEvents(serial, parallel);
  await measureSize();
  await measureBookkeeping();
} finally {
  await bench.close();
}
publishBench('sessions', rows, process.argv);
process.exit();

async function measureWaiting(order: Parameters<typeof processAtTheEnd>[2]): Promise<number> {
  const times: number[] = [];
  for (let run = -1; run < runs; run++) {
    const session = await beginSession(bench);
    const media = mediaOf(Math.max(run, 0));
    for (const stream of last) await upload(bench, session, stream, media[stream]);
    const ms = await processAtTheEnd(bench, session, order);
    // The first one warms models and code.
    if (run >= 0) times.push(ms);
  }
  rows.push({ what: `at_the_end_ms (${order})`, value: median(times), unit: 'ms' });
  return median(times);
}

/** Streams two seconds apart, each last in turn; from the acknowledgement of the last to the decision. */
async function measureEvents(serial: number, parallel: number): Promise<void> {
  const engine = await startEngine(bench, realTasks(bench), processes);
  const all: number[] = [];
  for (const lastStream of last) {
    const name = lastStream === 'document_back' ? 'back' : lastStream.replace('document_', '');
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      times.push(
        await eventDriven(engine, [...last.filter((s) => s !== lastStream), lastStream], run),
      );
    }
    all.push(...times);
    const [least, leastParallel] = name === 'back' ? [4, 2] : [2, 1.3];
    const ms = median(times);
    rows.push(
      { what: `event_driven_ms_${name}_last`, value: ms, unit: 'ms' },
      ratioRow(`latency_ratio_serial_${name}_last`, serial / ms, least),
      ratioRow(`latency_ratio_parallel_${name}_last`, parallel / ms, leastParallel),
    );
  }
  const p95 = quantile(all, 0.95);
  rows.push({ what: 'decision_p95_ms', value: p95, unit: 'ms', bar: '≤ 1500', ok: p95 <= 1_500 });
  await engine.close();
}

async function eventDriven(
  engine: { kick(): void },
  order: readonly Stream[],
  run: number,
): Promise<number> {
  const media = mediaOf(run);
  const session = await beginSession(bench);
  const decided = new Promise<void>((resolve) => bench.decided.set(session, resolve));
  engine.kick();
  for (const [i, stream] of order.entries()) {
    if (i > 0) await sleep(gapMs);
    await upload(bench, session, stream, media[stream]);
    engine.kick();
  }
  const acknowledgedAt = performance.now();
  await decided;
  bench.decided.delete(session);
  return performance.now() - acknowledgedAt;
}

/** What a session leaves behind, the original included, with all five kinds of artifacts. */
async function measureSize(): Promise<void> {
  const { rows: kinds } = await withSystem(bench.store.db, async (tx) => {
    const kept = await tx
      .selectFrom('artifact')
      .select(['kind', 'size', 'session_id'])
      .where('kind', '!=', 'side_reading')
      .execute();
    const originals = await tx.selectFrom('evidence').select(['size', 'session_id']).execute();
    return { rows: [...kept, ...originals.map((row) => ({ ...row, kind: 'original' }))] };
  });
  const sessions = new Set(kinds.map(({ session_id }) => session_id)).size;
  const derived = kinds.filter(({ kind }) => kind !== 'original');
  const kb = (list: typeof kinds) =>
    list.reduce((sum, { size }) => sum + size, 0) / sessions / 1024;
  rows.push(
    {
      what: 'kb_per_session',
      value: kb(kinds),
      unit: 'KiB',
      bar: '≤ 2048',
      ok: kb(kinds) <= 2_048,
    },
    { what: 'kb_per_session_derived', value: kb(derived), unit: 'KiB' },
  );
}

/** Processor time of engine, database and platform for sessions whose tasks do nothing. */
async function measureBookkeeping(): Promise<void> {
  const engine = await startEngine(bench, emptyTasks(bench), processes);
  const tiny = { bytes: Buffer.from([0xff, 0xd8, 0xff, 0xe0]), contentType: 'image/jpeg' };
  const drive = async (count: number) => {
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      const session = await beginSession(bench);
      waiting.push(new Promise((resolve) => bench.decided.set(session, resolve)));
      for (const stream of last) await upload(bench, session, stream, tiny);
      engine.kick();
    }
    await Promise.all(waiting);
  };
  await drive(10);
  const pids = [process.pid, engine.enginePid, bench.store.embedded?.pid];
  const before = cpuMsOf(pids);
  const count = values.full ? 200 : 60;
  await drive(count);
  const ms = (cpuMsOf(pids) - before) / count;
  rows.push({ what: 'cpu_ms_per_session', value: ms, unit: 'CPU-ms', bar: '≤ 150', ok: ms <= 150 });
  await engine.close();
}

function ratioRow(what: string, ratio: number, least: number): BenchRow {
  return { what, value: ratio, unit: '×', ratio, bar: `≥ ${least}`, ok: ratio >= least };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
