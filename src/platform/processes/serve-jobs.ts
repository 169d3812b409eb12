import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { type Span, type ToChild, type ToParent, toWire } from './wire.ts';

/** Reports how long a named part of the job took. */
export type Measure = (name: string, ms: number) => void;

/** Runs one job; called for one job at a time. */
export type JobHandler = (name: string, input: unknown, measure: Measure) => Promise<unknown>;

/**
 * The child's side of a process pool: makes this process answer jobs until its parent is gone.
 * `start` gets the pool's `setup` and warms up; the process counts as ready when it has resolved.
 */
export function serveJobs(start: (setup: unknown) => Promise<JobHandler>): void {
  outlivedByParent();
  let handler: JobHandler | undefined;

  process.on('message', async (message: ToChild) => {
    if (message.type === 'setup') {
      try {
        handler = await start(message.setup);
        post({ type: 'ready', rss: process.memoryUsage.rss() });
      } catch (error) {
        post({ type: 'unusable', reason: describe(error) });
      }
    } else if (handler) {
      await answer(handler, message.name, message.input);
    }
  });
}

async function answer(handler: JobHandler, name: string, input: unknown): Promise<void> {
  const spans: Span[] = [];
  const done = (outcome: Extract<ToParent, { type: 'done' }>['outcome']) =>
    post({ type: 'done', outcome, spans, rss: process.memoryUsage.rss() });
  try {
    const output = await handler(name, input, (span, ms) => spans.push({ name: span, ms }));
    // Throws here, and is answered as a failure, when the output cannot be cloned.
    done({ ok: true, output });
  } catch (error) {
    done({ ok: false, failure: toWire(error) });
  }
}

function post(message: ToParent): void {
  // The callback swallows EPIPE: a parent that is gone is noticed by `disconnect`.
  process.send?.(message, undefined, {}, () => {});
}

/** Nothing personal was seen yet when a process starts, so the words of any error may be told. */
function describe(error: unknown): string {
  if (error instanceof AppError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * No orphans: the process ends when its parent does, even while it is stuck in a computation.
 * Signals to the whole group (Ctrl-C, service managers) are the parent's to answer: it lets accepted jobs finish.
 */
function outlivedByParent(): void {
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const watch = `
    const { workerData: parent } = require('node:worker_threads');
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);`;
  new Worker(watch, {
    eval: true,
    workerData: process.ppid,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  }).unref();
}
