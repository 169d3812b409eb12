import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { InstalledModel, ModelRole } from '../core/model.ts';
import type { TaskRunner } from '../core/task.ts';
import type { PoolFigures } from '../platform/processes/figures.ts';
import { type PoolEvent, ProcessPool } from '../platform/processes/process-pool.ts';
import type { VisionSetup } from './vision-jobs.ts';

export interface VisionOptions {
  /** As many as cores for the most work done; fewer share the cores out among themselves. */
  readonly processes: number;
  /** Of one run of a model; default: the process's share of the cores, at most 4. */
  readonly threads?: number;
  readonly models: readonly InstalledModel[];
  /** Tasks that may wait; default 16 per process. */
  readonly queueLimit?: number;
  /** Roles to load before a process counts as ready; default: what every face task needs. */
  readonly warmUp?: readonly ModelRole[];
  /** Run the models on CUDA where present; default: on the processor. */
  readonly gpu?: boolean;
  readonly onEvent?: (event: PoolEvent) => void;
  /** Module of the child, for tests that bring tasks of their own. */
  readonly entry?: URL;
}

/** The vision processes of this machine. */
export interface Vision extends TaskRunner {
  /**
   * Resolves when the first process is warm.
   * @throws AppError vision_unavailable when none starts
   */
  ready(): Promise<void>;
  figures(): PoolFigures;
  /** Finishes what was accepted, within ten seconds, then ends the processes. */
  close(): Promise<void>;
}

const faceRoles: readonly ModelRole[] = ['face-detection', 'face-mesh', 'face-embedding'];

/** Five models take 0.2 GB, the largest picture 0.2 GB more while it is decoded. */
const maxRssBytes = 1.2e9;

export function startVision(options: VisionOptions): Vision {
  const { processes, models, queueLimit = 16 * processes, warmUp, onEvent, gpu = false } = options;
  const installed = new Set(models.map(({ role }) => role));
  const setup: VisionSetup = {
    models,
    warmUp: (warmUp ?? faceRoles).filter((role) => installed.has(role)),
    gpu,
    threads: options.threads ?? shareOfCores(processes),
  };
  const pool = new ProcessPool({
    size: processes,
    queueLimit,
    maxRssBytes,
    ...(onEvent && { onEvent }),
    child: {
      ...childModule(options.entry),
      env: childEnvironment(),
      setup,
      startTimeoutMs: 60_000,
    },
  });
  return {
    async run(task, input, { signal } = {}) {
      const { name, timeoutMs } = task;
      return (await pool.run({ name, input, timeoutMs, signal })) as never;
    },
    ready: () => pool.ready(),
    figures: () => pool.figures(),
    close: () => pool.close(),
  };
}

/** More threads than cores halve what a loaded machine gets through. More than two were never measured. */
function shareOfCores(processes: number): number {
  return Math.min(4, Math.max(1, Math.floor(availableParallelism() / processes)));
}

/** Built code runs as it is; from source, as in tests, the child needs the same loader as we. */
function childModule(entry: URL | undefined) {
  const fromSource = import.meta.url.endsWith('.ts');
  const modulePath = fileURLToPath(
    entry ?? new URL(fromSource ? './vision-process.ts' : './vision-process.js', import.meta.url),
  );
  const loader = fromSource ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  // One helper thread for V8's garbage collector: the process has one core to itself.
  return { modulePath, execArgv: [...loader, '--v8-pool-size=1'] };
}

/**
 * Nothing of our own environment but what finds programs and folders: no secret may lie in a process that opens files
 * of strangers. The rest keeps every native library from taking a thread per core.
 */
function childEnvironment(): Record<string, string> {
  const inherited = [
    'PATH',
    'HOME',
    'LANG',
    'TZ',
    'TMPDIR',
    'LD_LIBRARY_PATH',
    'CUDA_VISIBLE_DEVICES',
  ];
  const kept = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    UV_THREADPOOL_SIZE: '2',
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
    MKL_NUM_THREADS: '1',
    VIPS_CONCURRENCY: '1',
    // glibc keeps freed memory per arena; one arena per thread would multiply it.
    MALLOC_ARENA_MAX: '2',
  };
}
