import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import type { TenantId } from '../../core/ids.ts';
import { isConnectionError, toDatabaseError } from './database-errors.ts';
import type { Db, Tx } from './schema.ts';

/** How long a transaction that could not even begin waits for the database to come back. */
const patienceMs = 5_000;

/**
 * One transaction that sees and changes rows of one tenant only. It runs as a role that owns nothing, under
 * row-level security, so that a forgotten `where tenant_id` shows no row of another tenant.
 * Neither network calls nor long computation inside: the embedded database serves one transaction at a time.
 * @throws AppError database_unavailable | database_disk_full, or what `work` threw
 */
export function withTenant<T>(db: Db, tenant: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, 'bonafide_tenant', tenant, work);
}

/**
 * One transaction across tenants: signing in, queues, retention, administration. Every use is a place to review.
 * @throws AppError database_unavailable | database_disk_full, or what `work` threw
 */
export function withSystem<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, 'bonafide_system', '', work);
}

async function transact<T>(
  db: Db,
  role: string,
  tenant: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  // One round trip for all three: a third of our statements were these. `set_config(…, true)` is `set local`: it
  // ends with the transaction and cannot leak to the next client.
  const begin = sql.raw(
    `begin; select set_config('role', ${pg.escapeLiteral(role)}, true), set_config('app.tenant', ${pg.escapeLiteral(tenant)}, true)`,
  );
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 2, 200)) {
    let begun = false;
    try {
      return await db.connection().execute(async (connection) => {
        await begin.execute(connection);
        begun = true;
        // What Kysely calls a transaction is a connection after `begin`.
        return complete(connection, () => work(connection as Tx));
      });
    } catch (error) {
      // Nothing was sent before `begun`, so trying again cannot do anything twice.
      if (begun || !isConnectionError(error) || Date.now() + waitMs > giveUpAt) {
        throw toDatabaseError(error);
      }
      await sleep(waitMs);
    }
  }
}

async function complete<T>(connection: Db, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // A connection that cannot even do this is gone, and its transaction with it.
    await sql`rollback`.execute(connection).catch(() => {});
    throw error;
  }
  await sql`commit`.execute(connection);
  return result;
}
