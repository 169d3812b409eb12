import { type ChildProcess, fork } from 'node:child_process';
import { AppError } from '../../core/errors.ts';
import { fromWire, type Span, type ToChild, type ToParent } from './wire.ts';

/** How to start one child; its module calls `serveJobs`. */
export interface ChildSpec {
  /** Absolute path of the child's module. */
  readonly modulePath: string;
  readonly execArgv?: readonly string[];
  /** The whole environment of the child: secrets that are not in it cannot leak from it. */
  readonly env: Readonly<Record<string, string>>;
  /** Handed to the child's `start`; structured clone. */
  readonly setup?: unknown;
  /** Time from fork to ready before the start counts as failed. */
  readonly startTimeoutMs: number;
}

export interface ProcessEvents {
  ready(process: PoolProcess): void;
  /** Once, however it ended. */
  gone(process: PoolProcess, reason: string): void;
}

export type ProcessState = 'starting' | 'idle' | 'busy' | 'stopping' | 'gone';

export interface JobResult {
  readonly output: unknown;
  readonly spans: readonly Span[];
}

/** The child ended while it ran a job, and not by our hand. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

interface Running {
  readonly name: string;
  readonly timer: NodeJS.Timeout;
  resolve(result: JobResult): void;
  reject(error: Error): void;
}

/** At most this much of what a child prints while starting is kept. */
const maxStartOutput = 2_000;
/** A process that dies this soon after it was ready, without a job, is no better than one that does not start. */
const provenAfterMs = 5_000;
/** What a process that was asked to leave may take before it is killed. */
const leaveMs = 1_000;

/** One child process that runs one job at a time. */
export class PoolProcess {
  readonly startedAt = performance.now();
  state: ProcessState = 'starting';
  rssBytes = 0;
  /** Jobs answered, failures included. */
  answered = 0;
  readonly #child: ChildProcess;
  readonly #events: ProcessEvents;
  readonly #startTimer: NodeJS.Timeout;
  #running: Running | undefined;
  #startOutput = '';
  #reason: string | undefined;
  #readyAt = Number.POSITIVE_INFINITY;
  #tookJob = false;

  constructor(spec: ChildSpec, events: ProcessEvents) {
    this.#events = events;
    this.#child = fork(spec.modulePath, [], {
      serialization: 'advanced',
      execArgv: [...(spec.execArgv ?? [])],
      env: { ...spec.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#keepStartOutput(chunk));
    this.#child.on('message', (message: ToParent) => this.#receive(message));
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`));
    this.#startTimer = setTimeout(
      () => this.kill(`not ready after ${spec.startTimeoutMs} ms`),
      spec.startTimeoutMs,
    );
    this.#send({ type: 'setup', setup: spec.setup });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Meaningful once the process is gone: it died by itself, before anything was asked of it. */
  get failedToStart(): boolean {
    return !this.#tookJob && performance.now() - this.#readyAt < provenAfterMs;
  }

  /**
   * @throws AppError vision_timeout, after which the process is killed; ProcessDied; or what the job threw
   */
  run(name: string, input: unknown, timeoutMs: number): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.state = 'busy';
      this.#tookJob = true;
      const timer = setTimeout(() => this.#timeOut(name, timeoutMs), timeoutMs);
      this.#running = { name, timer, resolve, reject };
      try {
        this.#send({ type: 'job', name, input });
      } catch (error) {
        // The input cannot be cloned: a fault of the caller, the process is as good as before.
        this.#settle()?.reject(error as Error);
      }
    });
  }

  /** Ends the process without mercy; `reason` is what `gone` will tell. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.state = 'stopping';
    this.#child.kill('SIGKILL');
  }

  /** Lets an idle process leave by itself, kills any other; resolves when it is gone. */
  async end(): Promise<void> {
    if (this.state === 'gone') return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.state !== 'idle' || !this.#child.connected) this.kill('stopped');
    else this.#child.disconnect();
    this.state = 'stopping';
    const timer = setTimeout(() => this.kill('did not leave'), leaveMs);
    await exited;
    clearTimeout(timer);
  }

  #send(message: ToChild): void {
    if (!this.#child.connected) return;
    // A broken pipe is not an error of its own: `exit` follows.
    this.#child.send(message, undefined, {}, () => {});
  }

  #receive(message: ToParent): void {
    if (this.state === 'stopping' || this.state === 'gone') return;
    if (message.type === 'unusable') {
      this.kill(message.reason);
      return;
    }
    this.rssBytes = message.rss;
    if (message.type === 'ready') {
      clearTimeout(this.#startTimer);
      this.state = 'idle';
      this.#readyAt = performance.now();
      this.#startOutput = '';
      this.#events.ready(this);
      return;
    }
    const running = this.#settle();
    this.answered += 1;
    const { outcome, spans } = message;
    if (outcome.ok) running?.resolve({ output: outcome.output, spans });
    else running?.reject(fromWire(outcome.failure, running.name));
  }

  #timeOut(name: string, timeoutMs: number): void {
    const seconds = (timeoutMs / 1_000).toFixed(timeoutMs < 10_000 ? 1 : 0);
    const running = this.#settle();
    this.kill(`${name} took longer than ${seconds} s`);
    running?.reject(new AppError('vision_timeout', `${name} took longer than ${seconds} s`));
  }

  #settle(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    if (running) clearTimeout(running.timer);
    if (this.state === 'busy') this.state = 'idle';
    return running;
  }

  /** The process could not be started or not be reached; the latter must not linger. */
  #fail(error: Error): void {
    this.#child.kill('SIGKILL');
    this.#end(error.message);
  }

  #end(cause: string): void {
    if (this.state === 'gone') return;
    clearTimeout(this.#startTimer);
    const printed = this.#startOutput.trim();
    const reason = this.#reason ?? (printed ? `${cause}: ${printed}` : cause);
    const running = this.#settle();
    this.state = 'gone';
    running?.reject(new ProcessDied(reason));
    this.#events.gone(this, reason);
  }

  /** Once ready, a child works on people's pictures: whatever it prints from then on is dropped unread. */
  #keepStartOutput(chunk: Buffer): void {
    if (this.#readyAt !== Number.POSITIVE_INFINITY) return;
    this.#startOutput = (this.#startOutput + chunk.toString()).slice(-maxStartOutput);
  }
}
