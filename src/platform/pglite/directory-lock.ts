import { randomBytes } from 'node:crypto';
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { identify, isAlive, type ProcessIdentity, sameRealm } from './process-identity.ts';

const Identity = z.object({ pid: z.number().int(), started: z.string(), realm: z.string() });
const LockFile = z.object({ token: z.string(), owner: Identity, parent: Identity });
type LockFile = z.infer<typeof LockFile>;

/** A holder touches its lock this often; see `isStale`. */
export const touchEveryMs = 2_000;
/** Longer than any statement may run: the holder cannot touch its lock meanwhile. */
const silentForMs = 90_000;
/** How long to wait for a holder that is about to end because its parent did. */
const patienceMs = 15_000;

export interface DirectoryLock {
  /** Shows processes of other containers that the holder lives. @throws AppError data_dir_in_use when it was taken away */
  touch(): void;
  release(): void;
}

/**
 * Keeps a directory for this process until it ends, however it ends. PGlite itself would let two processes
 * write over each other's rows.
 * @throws AppError data_dir_in_use
 */
export async function lockDirectory(
  path: string,
  pid: number,
  parentPid: number,
): Promise<DirectoryLock> {
  const owner = identify(pid);
  const parent = identify(parentPid);
  if (!owner || !parent) throw new Error('The process that asks for the lock does not exist');
  const mine: LockFile = { token: randomBytes(12).toString('hex'), owner, parent };
  const giveUpAt = Date.now() + patienceMs;
  while (!tryLink(path, mine)) {
    const holder = read(path);
    if (holder && !isStale(path, holder)) {
      if (isAlive(holder.parent) || Date.now() > giveUpAt) throw inUse(holder);
      await sleep(100);
    } else removeStale(path, holder);
  }
  // Two processes may have found the same stale lock; the one that was overtaken sees it here.
  await sleep(50);
  const lock = createLock(path, mine);
  lock.touch();
  return lock;
}

function createLock(path: string, mine: LockFile): DirectoryLock {
  return {
    touch() {
      const holder = read(path);
      if (holder?.token !== mine.token) throw inUse(holder);
      const now = new Date();
      utimesSync(path, now, now);
    },
    release() {
      if (read(path)?.token === mine.token) rmSync(path, { force: true });
    },
  };
}

/** A link either makes the name with its whole content or fails. */
function tryLink(path: string, content: LockFile): boolean {
  const draft = `${path}.${content.token}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function removeStale(path: string, stale: LockFile | undefined): void {
  const aside = `${path}.stale-${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
    // Somebody else may have been faster: then what we moved is their lock, and goes back.
    if (read(aside)?.token !== stale?.token) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Pids of another container cannot be looked up: there only the lock's silence tells. */
function isStale(path: string, holder: LockFile): boolean {
  if (sameRealm(holder.owner)) return !isAlive(holder.owner);
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > silentForMs;
}

function read(path: string): LockFile | undefined {
  try {
    return LockFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function inUse(holder: { parent: ProcessIdentity } | undefined): AppError {
  return new AppError('data_dir_in_use', holder && `process ${holder.parent.pid} uses it`);
}
