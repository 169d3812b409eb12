import { readdirSync, readFileSync } from 'node:fs';

export interface MemoryOfTree {
  readonly totalMb: number;
  /** By what the process is, as its command line tells. */
  readonly byPart: Readonly<Record<string, number>>;
}

/** Proportional set size of a process and everything below it: shared pages count once. Linux only. */
export function pssOf(pid: number): MemoryOfTree {
  const byPart: Record<string, number> = {};
  for (const one of treeOf(pid)) {
    const part = partOf(one);
    byPart[part] = (byPart[part] ?? 0) + readPssMb(one);
  }
  const totalMb = Object.values(byPart).reduce((sum, mb) => sum + mb, 0);
  return { totalMb, byPart };
}

/** Processor time since their start of a process and everything below it, by part. */
export function cpuMsOf(pid: number): Readonly<Record<string, number>> {
  const byPart: Record<string, number> = {};
  for (const one of treeOf(pid)) {
    // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; the name before them may hold spaces.
    const fields = read(`/proc/${one}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ');
    const part = partOf(one);
    byPart[part] = (byPart[part] ?? 0) + (Number(fields[11]) + Number(fields[12])) * 10;
  }
  return byPart;
}

/** A process and everything below it. */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1];
    parents.set(Number(name), Number(parent));
  }
  const tree = new Set([root]);
  for (let grown = 0; grown !== tree.size; ) {
    grown = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

function partOf(pid: number): string {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  if (command.includes('vision-process')) return 'vision';
  if (command.includes('database-process')) return 'database';
  if (command.includes('restate')) return 'engine';
  return 'api';
}

function readPssMb(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

/** Empty for a process that ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
