import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface StartedPlatform {
  readonly url: string;
  readonly metricsUrl: string;
  readonly pid: number;
  readonly startedInMs: number;
  output(): string;
  /** Sends the signal and answers the exit code; null after a kill. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export type Environment = Readonly<Record<string, string>>;

/** `bonafide start`, or another command that serves, as its own process; resolves once it says that it is ready. */
export async function startPlatformProcess(
  environment: Environment,
  command: readonly string[] = ['start'],
): Promise<StartedPlatform> {
  const startedAt = performance.now();
  const { child, output } = run(environment, command);
  while (!output().includes('Bonafide is ready')) {
    if (child.exitCode !== null) throw new Error(`The platform did not start:\n${output()}`);
    await sleep(50);
  }
  const read = (name: string) => new RegExp(`${name} +(\\S+)`).exec(output())?.[1] ?? '';
  return {
    url: read('API'),
    metricsUrl: read('Metrics'),
    pid: child.pid ?? 0,
    startedInMs: performance.now() - startedAt,
    output,
    async stop(signal = 'SIGTERM') {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** A start that is expected to fail: its exit code and everything it said. */
export async function failToStart(
  environment: Environment,
  command: readonly string[] = ['start'],
) {
  const { child, output } = run(environment, command);
  const [code] = await once(child, 'exit');
  return { code: code as number | null, output: output() };
}

function run(
  environment: Environment,
  args: readonly string[],
): { child: ChildProcess; output: () => string } {
  const command =
    existsSync(join(root, 'dist/app/cli/main.js')) && process.env.BONAFIDE_DIST
      ? ['dist/app/cli/main.js']
      : ['--import', 'tsx', 'src/app/cli/main.ts'];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    env: { PATH, HOME, HTTP_PORT: '0', METRICS_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      text += data;
    });
  }
  return { child, output: () => text };
}

/** Processes below this one, by a part of their command line. */
export function childrenOf(pid: number, part = ''): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (Number(parent) === pid && command.includes(part)) found.push(Number(name));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until `condition` answers true; throws after `withinMs`. Answers how long it took. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  what: string,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > withinMs)
      throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
  return performance.now() - startedAt;
}
