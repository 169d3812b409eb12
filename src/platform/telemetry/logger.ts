import { type DestinationStream, type Logger, pino } from 'pino';

/**
 * Names whose values never reach the log, at the top level or one below. The code does not log them in the
 * first place; this list is the second fence, with a test.
 */
export const redactedNames = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'secret_access_key',
  'secretAccessKey',
  'bytes',
  'image',
  'embedding',
  'body',
  'headers',
  'name',
  'email',
  'document_number',
  'birth_date',
  'mrz',
];

export interface LoggerOptions {
  readonly level: string;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

/** JSON lines with `level`, `time`, and event fields; see redactedNames for what is never in them. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: redactedNames.flatMap((name) => [name, `*.${name}`]),
        censor: '[redacted]',
      },
      // pino copies every field of other errors, and those of databases quote rows.
      serializers: { err: describeError, error: describeError },
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
}

/**
 * Where an error happened and of what kind. Its message is kept only with quoted parts and parentheses
 * blanked: databases and parsers quote the values they stumble over.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { kind: typeof error };
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    kind: error.constructor.name,
    message: withoutValues(error.message),
    ...(code !== undefined && { code }),
    frames: framesOf(error.stack),
    ...(cause && { cause }),
  };
}

export function withoutValues(message: string): string {
  return message
    .slice(0, 500)
    .replace(/"[^"]*"|'[^']*'|“[^”]*”|=\([^)]*\)/g, '…')
    .replace(/[\w.+-]+@[\w.-]+/g, '…');
}

/** File, line and column only: function names are ours, values are not among them. */
function framesOf(stack: string | undefined): string[] {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 8)
    .map((line) => line.trim().replace(/file:\/\/.*?\/(src|dist|node_modules)\//, '$1/'));
}
