import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from './directory-lock.ts';
import { identify } from './process-identity.ts';

const me = process.pid;
const inUse = { code: 'data_dir_in_use' };

describe('directory lock', () => {
  let directory: string;
  let path: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bonafide-lock-'));
    path = join(directory, 'lock');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  function startProcess(): { pid: number; end(): Promise<unknown> } {
    const child = spawn('sleep', ['60']);
    children.push(child);
    const end = () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      return ended;
    };
    return { pid: child.pid ?? 0, end };
  }

  const rewrite = (change: (lock: Record<string, object>) => object) =>
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));

  it('is refused while its holder lives, and free when it is released', async () => {
    const lock = await lockDirectory(path, me, me);
    await expect(lockDirectory(path, me, me)).rejects.toMatchObject(inUse);
    lock.touch();
    lock.release();
    (await lockDirectory(path, me, me)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is taken over from a holder that was killed', async () => {
    const holder = startProcess();
    await lockDirectory(path, holder.pid, me);
    await holder.end();
    const lock = await lockDirectory(path, me, me);
    lock.touch();
    expect(readdirSync(directory)).toEqual(['lock']);
  });

  it('is taken over when the pid of its holder belongs to somebody else now', async () => {
    await lockDirectory(path, me, me);
    rewrite((lock) => ({ ...lock, owner: { ...lock.owner, started: '1' } }));
    (await lockDirectory(path, me, me)).touch();
  });

  it('waits for a holder that must end because its parent did', async () => {
    const [holder, parent] = [startProcess(), startProcess()];
    await lockDirectory(path, holder.pid, parent.pid);
    await parent.end();
    let isEnded = false;
    setTimeout(async () => {
      isEnded = true;
      await holder.end();
    }, 300);
    (await lockDirectory(path, me, me)).touch();
    expect(isEnded).toBe(true);
  });

  it('is taken over from another container only when that has been silent for long', async () => {
    await lockDirectory(path, me, me);
    rewrite((lock) => ({ ...lock, owner: { ...lock.owner, realm: 'other' } }));
    await expect(lockDirectory(path, me, me)).rejects.toMatchObject(inUse);
    const longAgo = new Date(Date.now() - 100_000);
    utimesSync(path, longAgo, longAgo);
    (await lockDirectory(path, me, me)).touch();
  });

  it('goes to one of many that find it stale, and the others are refused', async () => {
    const holder = startProcess();
    await lockDirectory(path, holder.pid, me);
    await holder.end();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockDirectory(path, me, me)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('tells its holder when it was taken away', async () => {
    const lock = await lockDirectory(path, me, me);
    rmSync(path);
    await lockDirectory(path, me, me);
    expect(() => lock.touch()).toThrow(expect.objectContaining(inUse));
    lock.release();
    await expect(lockDirectory(path, me, me)).rejects.toMatchObject(inUse);
  });

  it('survives a damaged lock file', async () => {
    writeFileSync(path, '');
    (await lockDirectory(path, me, me)).touch();
  });
});

describe('process identity', () => {
  it('is that of one process, and of none that has ended', async () => {
    expect(identify(me)).toEqual(identify(me));
    expect(identify(me)?.started).not.toBe(identify(process.ppid)?.started);
    const child = spawn('true');
    await once(child, 'exit');
    await sleep(10);
    expect(identify(child.pid ?? 0)).toBeUndefined();
  });
});
