import type { ProcessState } from './pool-process.ts';

/** Milliseconds over the most recent observations. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

export interface JobFigures {
  readonly done: number;
  readonly failed: number;
  /** From being accepted to being handed to a process. */
  readonly waitMs: Quantiles;
  readonly runMs: Quantiles;
}

export interface SpanFigures {
  readonly count: number;
  readonly ms: Quantiles;
}

export interface PoolFigures {
  readonly processes: readonly {
    readonly pid: number | undefined;
    readonly state: ProcessState;
    /** As the process last told; 0 before it is ready. */
    readonly rssBytes: number;
    readonly answered: number;
  }[];
  readonly queued: number;
  readonly queueLimit: number;
  /** Jobs refused because the queue was full. */
  readonly refused: number;
  /** Processes started in place of one that died or was killed. */
  readonly restarts: number;
  readonly jobs: Readonly<Record<string, JobFigures>>;
  readonly spans: Readonly<Record<string, SpanFigures>>;
}

/** The last observations of a duration, and how many there ever were. */
export class Durations {
  count = 0;
  readonly #recent: number[] = [];
  readonly #size: number;

  constructor(size = 512) {
    this.#size = size;
  }

  add(ms: number): void {
    this.#recent[this.count % this.#size] = ms;
    this.count += 1;
  }

  mean(): number {
    if (this.#recent.length === 0) return 0;
    return this.#recent.reduce((sum, ms) => sum + ms, 0) / this.#recent.length;
  }

  quantiles(): Quantiles {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { p50: at(0.5), p95: at(0.95) };
  }
}

/** Collects what `PoolFigures` tells about jobs and their parts. */
export class JobLedger {
  readonly #jobs = new Map<string, { failed: number; wait: Durations; run: Durations }>();
  readonly #spans = new Map<string, Durations>();
  readonly #all = new Durations();

  waited(job: string, ms: number): void {
    this.#of(job).wait.add(ms);
  }

  ran(job: string, ms: number, ok: boolean): void {
    const row = this.#of(job);
    row.run.add(ms);
    if (!ok) row.failed += 1;
    this.#all.add(ms);
  }

  span(name: string, ms: number): void {
    const durations = this.#spans.get(name) ?? new Durations();
    this.#spans.set(name, durations);
    durations.add(ms);
  }

  /** Over all jobs lately; 0 before the first. */
  meanRunMs(): number {
    return this.#all.mean();
  }

  jobs(): Record<string, JobFigures> {
    const rows = [...this.#jobs].map(([name, { failed, wait, run }]) => {
      const done = run.count - failed;
      return [name, { done, failed, waitMs: wait.quantiles(), runMs: run.quantiles() }] as const;
    });
    return Object.fromEntries(rows);
  }

  spans(): Record<string, SpanFigures> {
    const rows = [...this.#spans].map(
      ([name, durations]) => [name, { count: durations.count, ms: durations.quantiles() }] as const,
    );
    return Object.fromEntries(rows);
  }

  #of(job: string) {
    const row = this.#jobs.get(job) ?? { failed: 0, wait: new Durations(), run: new Durations() };
    this.#jobs.set(job, row);
    return row;
  }
}
