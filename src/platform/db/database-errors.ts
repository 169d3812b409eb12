import { AppError } from '../../core/errors.ts';

/** Codes of Node and SQLSTATEs (PostgreSQL, appendix A) that say the server is not there, or not yet. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  '53300', // too many connections
  '57P01', // administrator shut it down
  '57P02', // crash shutdown
  '57P03', // cannot connect now
]);
/** Characters that JSON may hold and no database text: in `text` columns, and in `jsonb` ones. */
const untranslatable = new Set(['22021', '22P05']);
/** The server is there and does not let us in. */
const refusals: Readonly<Record<string, string>> = {
  '28000': 'the database server refuses the user',
  '28P01': 'the database server refuses user or password',
  '3D000': 'the database server knows no such database',
};
/** `pg` gives these no code. */
const connectionMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return (
    (code !== undefined && (connectionCodes.has(code) || code.startsWith('08'))) ||
    connectionMessages.test(error.message)
  );
}

/** Turns the faults an operator can mend into words; the rest stays as it is and is answered as `internal`. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isConnectionError(error)) {
    return new AppError('database_unavailable', undefined, { cause: error, retryAfterS: 2 });
  }
  const refusal = refusals[codeOf(error) ?? ''];
  if (refusal !== undefined) {
    return new AppError('database_unavailable', refusal, { cause: error, retryAfterS: 30 });
  }
  if (untranslatable.has(codeOf(error) ?? '')) {
    const detail = 'Text must not hold the character U+0000 or broken characters';
    return new AppError('request_rejected', detail, { cause: error });
  }
  if (codeOf(error) === '53100') {
    return new AppError('database_disk_full', undefined, { cause: error });
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
