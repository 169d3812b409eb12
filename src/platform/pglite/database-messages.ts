import type { ErrorCode } from '../../core/errors.ts';

/** What the database process tells its parent over the IPC channel. */
export type DatabaseMessage =
  | { type: 'ready' }
  | { type: 'failed'; code: ErrorCode; detail: string }
  | { type: 'alive'; figures: DatabaseFigures };

export interface DatabaseFigures {
  /** Clients connected now. */
  readonly connections: number;
  /** Statements and pipelines executed since this process started. */
  readonly executed: number;
  readonly residentBytes: number;
}

/** How often a healthy process reports; a statement that runs longer delays the report. */
export const aliveEveryMs = 1_000;

/** Names inside the database directory. The socket's name is what PostgreSQL clients expect of port 5432. */
export const socketName = '.s.PGSQL.5432';
export const lockName = 'lock';
export const dataName = 'pgdata';
