import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { type PoolEvent, ProcessPool, type ProcessPoolOptions } from './process-pool.ts';

const support = new URL('../../../test/support/', import.meta.url);
const loader = ['--import', createRequire(import.meta.url).resolve('tsx')];
const open: ProcessPool[] = [];
const events: PoolEvent[] = [];

function startPool(options: Partial<ProcessPoolOptions> = {}, setup?: unknown): ProcessPool {
  const pool = new ProcessPool({
    size: 1,
    queueLimit: 8,
    onEvent: (event) => events.push(event),
    child: {
      modulePath: fileURLToPath(new URL('pool-child.ts', support)),
      execArgv: loader,
      env: { LANG: 'C' },
      setup,
      startTimeoutMs: 60_000,
    },
    ...options,
  });
  open.push(pool);
  return pool;
}

const job = (name: string, input: unknown = null, timeoutMs = 60_000) => ({
  name,
  input,
  timeoutMs,
});
const pids = (pool: ProcessPool) => pool.figures().processes.map(({ pid }) => Number(pid));
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const gone = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close(0)));
  events.length = 0;
});

describe('a process pool', () => {
  it('runs jobs, one at a time in each process, and hands typed arrays across', async () => {
    const pool = startPool({ size: 2 });
    await pool.ready();
    const bytes = new Uint8Array([1, 2, 3]).subarray(1);
    expect(await pool.run(job('echo', { bytes }))).toEqual({ bytes: new Uint8Array([2, 3]) });
    await expect
      .poll(() => pool.figures().processes.every((p) => p.state === 'idle'), { timeout: 20_000 })
      .toBe(true);
    const served = await Promise.all([1, 2, 3, 4].map(() => pool.run(job('sleep', 50))));
    expect(new Set(served)).toEqual(new Set(pids(pool)));
    const { jobs, spans, processes } = pool.figures();
    expect(jobs.sleep).toMatchObject({ done: 4, failed: 0 });
    expect(jobs.sleep?.runMs.p50).toBeGreaterThan(45);
    expect(spans['part of sleep']).toMatchObject({ count: 4, ms: { p50: 1 } });
    expect(processes.every(({ rssBytes }) => rssBytes > 10e6)).toBe(true);
  });

  it('keeps the words of our errors and swallows those of others', async () => {
    const pool = startPool();
    const refusal = await pool.run(job('refuse')).catch((error) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({
      code: 'face_not_found',
      message: '`target`: no face found',
      errors: [{ pointer: '/target', detail: 'no face' }],
      retryAfterS: 7,
    });
    const failure = (await pool
      .run(job('fail', 'jane@example.org'))
      .catch((error) => error)) as Error;
    expect(failure).not.toBeInstanceOf(AppError);
    expect(String(failure.stack)).toContain('TypeError');
    expect(String(failure.stack)).toContain('pool-child.ts');
    expect(`${failure.message}${failure.stack}`).not.toContain('jane');
    await expect(pool.run(job('unclonable'))).rejects.toThrow('unclonable: unexpected Error');
    await expect(pool.run(job('echo', () => 1))).rejects.toThrow('could not be cloned');
    expect(await pool.run(job('echo', 'still here'))).toBe('still here');
    expect(pool.figures().restarts).toBe(0);
  });

  it('gives children no environment but the one stated', async () => {
    const names = Object.keys((await startPool().run(job('environment'))) as object);
    expect(names.filter((name) => !name.startsWith('NODE_'))).toEqual(['LANG']);
  });

  it('refuses when the queue is full, and says when to come back', async () => {
    const pool = startPool({ queueLimit: 2 });
    await pool.ready();
    const accepted = [1, 2, 3].map(() => pool.run(job('sleep', 100)));
    await expect(pool.run(job('echo'))).rejects.toMatchObject({
      code: 'vision_busy',
      retryAfterS: 1,
    });
    expect(pool.figures()).toMatchObject({ queued: 2, refused: 1 });
    await Promise.all(accepted);
    expect(await pool.run(job('echo', 1))).toBe(1);
  });

  it('kills a job that takes too long and goes on with the next', async () => {
    const pool = startPool();
    await pool.ready();
    const [stuck] = pids(pool);
    const hang = pool.run(job('hang', null, 300));
    const next = pool.run(job('pid'));
    await expect(hang).rejects.toMatchObject({
      code: 'vision_timeout',
      message: 'hang took longer than 0.3 s',
    });
    expect(await next).not.toBe(stuck);
    expect(isAlive(Number(stuck))).toBe(false);
    expect(events).toContainEqual({
      type: 'lost',
      pid: stuck,
      reason: 'hang took longer than 0.3 s',
    });
  });

  it('retries what a killed process was running, and answers everything under load', async () => {
    const pool = startPool({ size: 2, queueLimit: 50 });
    await pool.ready();
    const answers = Array.from({ length: 20 }, () => pool.run(job('sleep', 60)));
    for (const wait of [150, 700]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const busy = pool.figures().processes.find(({ state }) => state === 'busy');
      if (busy?.pid) process.kill(busy.pid, 'SIGKILL');
    }
    expect(await Promise.all(answers)).toHaveLength(20);
    expect(pool.figures().restarts).toBeGreaterThanOrEqual(1);
    expect(pool.figures().jobs.sleep).toMatchObject({ done: 20 });
  });

  it.each([
    ['die', 'SIGSEGV'],
    ['exit', 1],
  ])('gives up on a job that ends two processes (%s %s)', async (name, input) => {
    const pool = startPool();
    await expect(pool.run(job(name, input))).rejects.toMatchObject({ code: 'vision_process_died' });
    expect(pool.figures().restarts).toBe(2);
    expect(await pool.run(job('echo', 'served'))).toBe('served');
  });

  it('replaces a process that has grown too large, after its answer', async () => {
    const pool = startPool({ maxRssBytes: 1 });
    const [first, second] = [await pool.run(job('pid')), await pool.run(job('pid'))];
    expect(first).not.toBe(second);
    expect(events).toContainEqual(
      expect.objectContaining({ pid: first, reason: expect.stringMatching(/^replaced, it held/) }),
    );
  });

  it('forgets an aborted job that waits, and leaves one that runs', async () => {
    const pool = startPool();
    await pool.ready();
    const running = new AbortController();
    const waiting = new AbortController();
    const first = pool.run({ ...job('sleep', 150), signal: running.signal });
    const second = pool.run({ ...job('echo'), signal: waiting.signal });
    running.abort(new Error('first is not needed'));
    waiting.abort(new Error('second is not needed'));
    await expect(first).rejects.toThrow('first is not needed');
    await expect(second).rejects.toThrow('second is not needed');
    expect(pool.figures().queued).toBe(0);
    expect(await pool.run(job('echo', 'next'))).toBe('next');
    expect(pool.figures()).toMatchObject({ restarts: 0, jobs: { sleep: { done: 1 } } });
    await expect(pool.run({ ...job('echo'), signal: waiting.signal })).rejects.toThrow(
      'not needed',
    );
  });

  it.each([
    ['says so', { unusable: 'no such file' }, 'Error: no such file'],
    ['dies', { dieAtStart: true }, 'exit code 3: the library is missing'],
  ])('backs off when a child %s at start, and tells why', async (_, setup, reason) => {
    const pool = startPool({ size: 1 }, setup);
    const waiting = pool.run(job('echo')).catch((error) => error);
    await expect(pool.ready()).rejects.toMatchObject({ code: 'vision_unavailable' });
    expect(await waiting).toMatchObject({ code: 'vision_unavailable' });
    await expect(pool.run(job('echo'))).rejects.toMatchObject({ code: 'vision_unavailable' });
    expect(events).toEqual(
      [250, 500, 1000].map((retryInMs) => ({ type: 'start_failed', reason, retryInMs })),
    );
  });

  it('finishes what it accepted before it closes, and leaves no process behind', async () => {
    const pool = startPool({ size: 2 });
    await pool.ready();
    const accepted = [1, 2, 3, 4].map(() => pool.run(job('sleep', 100)));
    const children = pids(pool);
    const closed = pool.close();
    await expect(pool.run(job('echo'))).rejects.toMatchObject({ code: 'vision_unavailable' });
    expect(await Promise.all(accepted)).toHaveLength(4);
    await closed;
    expect(children.filter(isAlive)).toEqual([]);
  });

  it('ends what is left when the time to close is over', async () => {
    const pool = startPool();
    await pool.ready();
    const children = pids(pool);
    const left = [pool.run(job('hang')), pool.run(job('echo'))].map((p) => p.catch((e) => e.code));
    await pool.close(100);
    expect(await Promise.all(left)).toEqual(['vision_unavailable', 'vision_unavailable']);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it('leaves no child when the parent is killed, not even one that is stuck', async () => {
    const parent = fork(fileURLToPath(new URL('pool-parent.ts', support)), [], {
      execArgv: loader,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const line = await new Promise<string>((resolve) =>
      parent.stdout?.once('data', (data) => resolve(String(data))),
    );
    const children = line.trim().split(' ').map(Number);
    expect(children.filter(isAlive)).toHaveLength(2);
    parent.kill('SIGKILL');
    await Promise.all(children.map(gone));
  });
});
