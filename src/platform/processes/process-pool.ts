import { AppError } from '../../core/errors.ts';
import { JobLedger, type PoolFigures } from './figures.ts';
import { type ChildSpec, PoolProcess, ProcessDied } from './pool-process.ts';

export interface ProcessPoolOptions {
  readonly child: ChildSpec;
  readonly size: number;
  /** Jobs that may wait for a process; one more is refused with `vision_busy`. */
  readonly queueLimit: number;
  /** A process that holds more memory than this after a job is replaced: native libraries do leak. */
  readonly maxRssBytes?: number;
  readonly onEvent?: (event: PoolEvent) => void;
}

/** For the log. Reasons name signals, exit codes and start failures, never what a job worked on. */
export type PoolEvent =
  | { readonly type: 'ready'; readonly pid: number | undefined; readonly startMs: number }
  | { readonly type: 'lost'; readonly pid: number | undefined; readonly reason: string }
  | { readonly type: 'start_failed'; readonly reason: string; readonly retryInMs: number };

export interface Job {
  readonly name: string;
  /** Structured clone. */
  readonly input: unknown;
  /** From being handed to a process; the wait in the queue does not count. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Entry extends Job {
  readonly queuedAt: number;
  /** Processes that died while they ran this job. */
  deaths: number;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** A place in the pool: the process that fills it changes, its start failures are remembered. */
interface Slot {
  process: PoolProcess | undefined;
  failures: number;
  retryTimer: NodeJS.Timeout | undefined;
}

/** A job is given to this many processes before it is held guilty of their deaths. */
const maxDeaths = 2;
/** Starts that may fail in a row, over all slots, before waiting jobs are refused. */
const maxStartFailures = 3;

/** Runs named jobs in child processes, one at a time in each, and replaces those that die. */
export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #slots: Slot[];
  readonly #queue: Entry[] = [];
  readonly #ledger = new JobLedger();
  /** Resolved when nothing is queued or running, while closing. */
  #whenDrained: (() => void) | undefined;
  #readyWaiters: { resolve(): void; reject(error: Error): void }[] = [];
  #startFailures = 0;
  #lastReason = '';
  #refused = 0;
  #restarts = 0;
  #running = 0;
  #closing: Promise<void> | undefined;
  /** The grace period of `close` is over. */
  #stopped = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => ({
      process: undefined,
      failures: 0,
      retryTimer: undefined,
    }));
    for (const slot of this.#slots) this.#start(slot);
  }

  /**
   * Resolves when a process can take a job.
   * @throws AppError vision_unavailable when processes keep failing to start
   */
  ready(): Promise<void> {
    if (this.#slots.some((slot) => isUp(slot.process))) return Promise.resolve();
    if (this.#closing || this.#isBroken()) return Promise.reject(this.#unavailable());
    return new Promise((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
  }

  /**
   * Runs a job and answers its output. Aborting gives up a waiting job at once; a running one is abandoned, and
   * its process is free again when the computation ends or times out.
   * @throws AppError vision_busy | vision_timeout | vision_process_died | vision_unavailable, or what the job threw
   */
  async run(job: Job): Promise<unknown> {
    job.signal?.throwIfAborted();
    if (this.#closing || this.#isBroken()) throw this.#unavailable();
    const isFull = this.#queue.length >= this.#options.queueLimit;
    if (isFull && !this.#slots.some((slot) => slot.process?.state === 'idle')) throw this.#busy();
    let abort = () => {};
    const output = new Promise((resolve, reject) => {
      const entry = { ...job, queuedAt: performance.now(), deaths: 0, resolve, reject };
      abort = () => this.#abandon(entry);
      job.signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(entry);
      this.#pump();
    });
    return output.finally(() => job.signal?.removeEventListener('abort', abort));
  }

  figures(): PoolFigures {
    return {
      processes: this.#slots.map(({ process }) => ({
        pid: process?.pid,
        state: process?.state ?? 'gone',
        rssBytes: process?.rssBytes ?? 0,
        answered: process?.answered ?? 0,
      })),
      queued: this.#queue.length,
      queueLimit: this.#options.queueLimit,
      refused: this.#refused,
      restarts: this.#restarts,
      jobs: this.#ledger.jobs(),
      spans: this.#ledger.spans(),
    };
  }

  /** Accepts nothing more, finishes what was accepted within `graceMs`, refuses the rest and ends all processes. */
  close(graceMs = 10_000): Promise<void> {
    this.#closing ??= this.#drainAndStop(graceMs);
    return this.#closing;
  }

  async #drainAndStop(graceMs: number): Promise<void> {
    // Yields once, so that #closing is set before anything below looks at it.
    await Promise.resolve();
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(this.#unavailable());
    if (this.#running + this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#whenDrained = resolve;
        setTimeout(resolve, graceMs).unref();
      });
    }
    this.#stopped = true;
    for (const entry of this.#queue.splice(0)) entry.reject(this.#unavailable());
    await Promise.all(this.#slots.map((slot) => stop(slot)));
  }

  #start(slot: Slot): void {
    slot.retryTimer = undefined;
    slot.process = new PoolProcess(this.#options.child, {
      ready: (process) => this.#onReady(process),
      gone: (process, reason) => this.#onGone(slot, process, reason),
    });
  }

  #onReady(process: PoolProcess): void {
    this.#startFailures = 0;
    this.#tell({ type: 'ready', pid: process.pid, startMs: performance.now() - process.startedAt });
    for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve();
    this.#pump();
  }

  /** Jobs may kill as many processes as they like; a process that dies before its first job backs off. */
  #onGone(slot: Slot, process: PoolProcess, reason: string): void {
    // A stopped pool ends its processes by intent.
    if (slot.process !== process) return;
    slot.process = undefined;
    this.#lastReason = reason;
    const failedToStart = process.failedToStart;
    slot.failures = failedToStart ? slot.failures + 1 : 0;
    const retryInMs = slot.failures === 0 ? 0 : Math.min(30_000, 250 * 2 ** (slot.failures - 1));
    this.#restarts += 1;
    if (failedToStart) this.#tell({ type: 'start_failed', reason, retryInMs });
    else this.#tell({ type: 'lost', pid: process.pid, reason });
    slot.retryTimer = setTimeout(() => this.#start(slot), retryInMs);
    if (failedToStart) this.#noteStartFailure();
  }

  #noteStartFailure(): void {
    this.#startFailures += 1;
    if (!this.#isBroken()) return;
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(this.#unavailable());
    for (const entry of this.#queue.splice(0)) entry.reject(this.#unavailable());
    this.#drained();
  }

  #pump(): void {
    for (const { process } of this.#slots) {
      if (process?.state !== 'idle') continue;
      const entry = this.#queue.shift();
      if (!entry) break;
      void this.#execute(entry, process);
    }
  }

  async #execute(entry: Entry, process: PoolProcess): Promise<void> {
    this.#running += 1;
    const startedAt = performance.now();
    this.#ledger.waited(entry.name, startedAt - entry.queuedAt);
    let ok = false;
    try {
      const { output, spans } = await process.run(entry.name, entry.input, entry.timeoutMs);
      ok = true;
      for (const span of spans) this.#ledger.span(span.name, span.ms);
      entry.resolve(output);
    } catch (error) {
      if (error instanceof ProcessDied) this.#retryOrRefuse(entry);
      else entry.reject(error);
    }
    this.#ledger.ran(entry.name, performance.now() - startedAt, ok);
    this.#running -= 1;
    this.#recycle(process);
    this.#pump();
    this.#drained();
  }

  #recycle(process: PoolProcess): void {
    const { maxRssBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (process.state !== 'idle' || process.rssBytes <= maxRssBytes) return;
    process.kill(`replaced, it held ${Math.round(process.rssBytes / 1e6)} MB`);
  }

  #retryOrRefuse(entry: Entry): void {
    entry.deaths += 1;
    if (entry.signal?.aborted) return;
    if (this.#stopped) entry.reject(this.#unavailable());
    else if (entry.deaths < maxDeaths) this.#queue.unshift(entry);
    else {
      const detail = `${entry.name}: ${entry.deaths} processes died while they computed this`;
      entry.reject(new AppError('vision_process_died', detail));
    }
  }

  #abandon(entry: Entry): void {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    entry.reject(entry.signal?.reason);
    this.#drained();
  }

  #drained(): void {
    if (this.#running + this.#queue.length === 0) this.#whenDrained?.();
  }

  #isBroken(): boolean {
    const isUpSomewhere = this.#slots.some((slot) => isUp(slot.process));
    return this.#startFailures >= maxStartFailures && !isUpSomewhere;
  }

  #busy(): AppError {
    this.#refused += 1;
    const { queueLimit, size } = this.#options;
    const aheadMs = (this.#ledger.meanRunMs() * (queueLimit + 1)) / size;
    const retryAfterS = Math.min(60, Math.max(1, Math.ceil(aheadMs / 1_000)));
    const detail = `${queueLimit} computations are waiting already; try again in ${retryAfterS} s`;
    return new AppError('vision_busy', detail, { retryAfterS });
  }

  #unavailable(): AppError {
    if (this.#closing)
      return new AppError('vision_unavailable', 'The vision processes are stopping');
    // The reason may name paths of this machine: it is for the log, not for callers.
    const cause = new Error(this.#lastReason);
    return new AppError('vision_unavailable', 'No vision process starts', {
      retryAfterS: 30,
      cause,
    });
  }

  #tell(event: PoolEvent): void {
    this.#options.onEvent?.(event);
  }
}

function isUp(process: PoolProcess | undefined): boolean {
  return process?.state === 'idle' || process?.state === 'busy';
}

async function stop(slot: Slot): Promise<void> {
  clearTimeout(slot.retryTimer);
  const { process } = slot;
  slot.process = undefined;
  await process?.end();
}
