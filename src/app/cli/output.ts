import { writeFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { AppError, errorCatalogue } from '../../core/errors.ts';
import { ConfigError } from '../config.ts';

/**
 * Exit codes of every command. A verdict is an answer, not an error: scripts tell the two apart by the code.
 */
export const exitCodes = { ok: 0, negative: 1, usage: 2, review: 3, failure: 4 } as const;

type Style = Parameters<typeof styleText>[0];

/** Coloured only where a person reads it. */
export function paint(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return stream.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}

/** `FILE`, or `-` for standard output; without a target nothing is written. */
export function writeJson(target: string | boolean | undefined, value: unknown): void {
  if (target === undefined || target === false) return;
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (target === true || target === '-') process.stdout.write(text);
  else writeFileSync(target, text);
}

export interface Progress {
  /** Shows how far the work is; `total` unknown while it is undefined. */
  update(done: number, total: number | undefined, what: string): void;
  finish(): void;
}

const quietMs = 2_000;
const intervalMs = { terminal: 100, log: 5_000 } as const;

/** Progress on standard error, silent for the first two seconds: short work needs no bar. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const startedAt = performance.now();
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    update(done, total, what) {
      const now = performance.now();
      const interval = stream.isTTY ? intervalMs.terminal : intervalMs.log;
      if (now - startedAt < quietMs || now - shownAt < interval) return;
      shownAt = now;
      isShown = true;
      stream.write(
        stream.isTTY
          ? `\r\u001b[2K${describe(done, total, what, now - startedAt)}`
          : `${describe(done, total, what, now - startedAt)}\n`,
      );
    },
    finish() {
      if (isShown && stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
}

function describe(
  done: number,
  total: number | undefined,
  what: string,
  elapsedMs: number,
): string {
  if (total === undefined || total === 0) return `${what}: ${done}`;
  const remainingS =
    done === 0 ? undefined : Math.ceil(((elapsedMs / done) * (total - done)) / 1000);
  const wait = remainingS === undefined ? '' : `, about ${remainingS} s left`;
  return `${what}: ${done} of ${total} (${Math.floor((100 * done) / total)} %)${wait}`;
}

/** What a command meets when it writes its report or answer. */
const fileFaults = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'this is a folder; name a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'this disk is read-only',
  ENOSPC: 'the disk is full',
} as const;

function isFileFault(
  error: unknown,
): error is Error & { code: keyof typeof fileFaults; path?: string } {
  return error instanceof Error && 'code' in error && Object.hasOwn(fileFaults, String(error.code));
}

/** Says on standard error what went wrong and the way out; returns the exit code. */
export function reportFailure(error: unknown): number {
  const write = (line: string) => process.stderr.write(`${line}\n`);
  const label = paint('red', 'bonafide:', process.stderr);
  if (error instanceof AppError) {
    const { remedy, status } = errorCatalogue[error.code];
    write(`${label} ${error.message}`);
    for (const { pointer, detail } of error.errors ?? []) write(`  ${pointer}: ${detail}`);
    write(`  ${remedy} [${error.code}]`);
    return status >= 500 ? exitCodes.failure : exitCodes.usage;
  }
  if (error instanceof ConfigError) {
    write(`${label} ${error.message}\n  docs/configuration.md lists the variables.`);
    return exitCodes.usage;
  }
  if (isFileFault(error)) {
    write(`${label} ${error.path ?? 'standard output'}: ${fileFaults[error.code]}`);
    return exitCodes.failure;
  }
  // A fault of ours: on the operator's own terminal the stack helps more than it can leak.
  write(`${label} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.failure;
}
