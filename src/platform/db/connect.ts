import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Db, Schema } from './schema.ts';

export interface ConnectOptions {
  /** Most connections of this process. The embedded database serves one transaction at a time anyway. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** Told about connections that broke while nobody used them; the pool replaces them by itself. */
  readonly onConnectionLost?: (error: Error) => void;
}

/**
 * Opens a pool; connects on first use. Close it with `db.destroy()`.
 * @param url `postgres://user:password@host:port/database`, or `postgres:///database?host=/socket/directory`
 */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'bonafide',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    // Nothing of ours computes for long inside a transaction; whatever does is a fault that must not block others.
    statement_timeout: 30_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    types: { getTypeParser },
  });
  // Without listeners, a connection that breaks between two statements would end the process. The one that
  // holds it learns of it from its next statement.
  pool.on('error', (error) => options.onConnectionLost?.(error));
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** bigint as a number: our counters stay far below 2^53, and beyond it an error beats a rounded id. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (oid === pg.types.builtins.INT8 && format !== 'binary') return parseInt8;
  return format === 'binary' ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid);
}) as typeof pg.types.getTypeParser;

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint from the database exceeds 2^53');
  return value;
}
