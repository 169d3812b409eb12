import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Names one process for ever: a pid alone is given to somebody else after a crash or a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system tells it; opaque. */
  readonly started: string;
  /** Boot and pid namespace: pids mean nothing in another container. */
  readonly realm: string;
}

/** Undefined when there is no such process. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid);
  return started === undefined ? undefined : { pid, started, realm };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.realm === realm && identify(identity.pid)?.started === identity.started;
}

const realm = findRealm();

function findRealm(): string {
  if (process.platform !== 'linux') return '';
  return [
    readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    readOrEmpty(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
}

/** Field 22 of /proc/pid/stat: clock ticks since boot. A zombie holds nothing any more. */
function startedOnLinux(pid: number): string | undefined {
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The command's name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function startedElsewhere(pid: number): string | undefined {
  const text = readOrEmpty(() =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim(),
  );
  return text === '' ? undefined : text;
}

function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

export function sameRealm(identity: ProcessIdentity): boolean {
  return identity.realm === realm;
}
