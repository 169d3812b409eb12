import { AppError, type ErrorCode, errorCatalogue, type FieldError } from '../../core/errors.ts';

/** What the parent tells a child. `setup` comes first and once. */
export type ToChild =
  | { readonly type: 'setup'; readonly setup: unknown }
  | { readonly type: 'job'; readonly name: string; readonly input: unknown };

/** What a child answers. `rss` is its resident memory in bytes. */
export type ToParent =
  | { readonly type: 'ready'; readonly rss: number }
  | { readonly type: 'unusable'; readonly reason: string }
  | {
      readonly type: 'done';
      readonly outcome: Outcome;
      readonly spans: Span[];
      readonly rss: number;
    };

export type Outcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly failure: WireError };

/** A part of a job worth a figure of its own: the run of one model, for instance. */
export interface Span {
  readonly name: string;
  readonly ms: number;
}

interface WireError {
  /** Absent: not an AppError. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly errors?: readonly FieldError[] | undefined;
  readonly retryAfterS?: number | undefined;
  /** Call frames without the message, which may quote personal data. */
  readonly frames?: string;
}

/** An AppError keeps its words; of any other error only class and call frames cross the border. */
export function toWire(error: unknown): WireError {
  if (error instanceof AppError) {
    const { code, message, errors, retryAfterS } = error;
    return { code, message, errors, retryAfterS };
  }
  const known = error instanceof Error ? error : new Error();
  const frames = (known.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { message: known.name, frames: frames.join('\n') };
}

export function fromWire(wire: WireError, job: string): Error {
  if (wire.code !== undefined && Object.hasOwn(errorCatalogue, wire.code)) {
    const { code, message, errors, retryAfterS } = wire;
    return new AppError(code, message, {
      ...(errors && { errors }),
      ...(retryAfterS !== undefined && { retryAfterS }),
    });
  }
  const error = new Error(`${job}: unexpected ${wire.message} in the child process`);
  if (wire.frames) error.stack = `${error.name}: ${error.message}\n${wire.frames}`;
  return error;
}
