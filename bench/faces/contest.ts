import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EmbedAnswer, EngineName } from './engine.ts';

/** A contestant in its own process, held on one core where the system can do that. */
export interface Contestant {
  readonly name: EngineName;
  embed(files: readonly string[]): Promise<EmbedAnswer[]>;
  peakRssMb(): number;
  close(): void;
}

interface Answer {
  readonly answers: EmbedAnswer[];
  readonly peakRssMb: number;
}

export async function openContestant(name: EngineName, core: number): Promise<Contestant> {
  const module = fileURLToPath(new URL('./contestant.ts', import.meta.url));
  const child = spawnOnCore(['--import', 'tsx', module, name], core);
  await firstMessage(child, name);
  let peakRssMb = 0;
  return {
    name,
    async embed(files) {
      child.send(files);
      const { answers, peakRssMb: peak } = (await firstMessage(child, name)) as Answer;
      peakRssMb = peak;
      return answers;
    },
    peakRssMb: () => peakRssMb,
    close: () => {
      child.kill();
    },
  };
}

/** `taskset` is Linux; elsewhere the process's own single thread has to do. */
export function spawnOnCore(args: readonly string[], core: number): ChildProcess {
  const [command, prefix] =
    process.platform === 'linux'
      ? ['taskset', ['-c', String(core), process.execPath]]
      : [process.execPath, []];
  return spawn(command, [...prefix, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, OMP_NUM_THREADS: '1', UV_THREADPOOL_SIZE: '2' },
  });
}

/** The child's next message; fails when the child ends instead. */
export async function firstMessage(child: ChildProcess, name: string): Promise<unknown> {
  const settled = new AbortController();
  const ended = once(child, 'exit', settled).then(([code, signal]) => {
    throw new Error(`${name} ended (${code ?? signal}) instead of answering`);
  });
  ended.catch(() => {});
  try {
    const [message] = (await Promise.race([once(child, 'message', settled), ended])) as [unknown];
    return message;
  } finally {
    settled.abort();
  }
}
