import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { AppError } from '../../core/errors.ts';
import { toDatabaseError } from './database-errors.ts';
import type { Db, Tx } from './schema.ts';

/** `NNNN-name.sql`, beside the sources and beside what is built from them alike. */
export const migrationsDirectory = new URL('../../../migrations/', import.meta.url);

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** Hex SHA-256 of the file. */
  readonly checksum: string;
}

/** Any number that all copies agree on. */
const lockKey = 0x626f6e61;

/**
 * Brings the schema up to date: all missing migrations in one transaction, or none.
 * Copies that start together wait for the first. On PostgreSQL the advisory lock sees to it; the embedded
 * database has one session only, there the transaction itself keeps others out.
 * @returns names of those applied now
 * @throws AppError database_migration_changed | database_too_new | database_unavailable | database_disk_full
 */
export async function migrate(db: Db, directory = migrationsDirectory): Promise<string[]> {
  const migrations = await readMigrations(directory);
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${lockKey})`.execute(tx);
      const missing = selectMissing(migrations, await readApplied(tx));
      for (const migration of missing) await apply(tx, migration);
      return missing.map(({ name }) => name);
    });
  } catch (error) {
    throw toDatabaseError(error);
  }
}

export async function readMigrations(directory = migrationsDirectory): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name));
  return Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(new URL(name, directory), 'utf8');
      return { name, sql: text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function readApplied(tx: Tx): Promise<Map<string, string>> {
  await sql`create table if not exists schema_migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`.execute(tx);
  const { rows } = await sql<{
    name: string;
    checksum: string;
  }>`select name, checksum from schema_migration`.execute(tx);
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function selectMissing(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): Migration[] {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new AppError('database_too_new', `unknown here: ${unknown.join(', ')}`);
  }
  const changed = migrations.find(
    ({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum,
  );
  if (changed) throw new AppError('database_migration_changed', changed.name);
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(tx: Tx, migration: Migration): Promise<void> {
  await sql.raw(migration.sql).execute(tx);
  await sql`insert into schema_migration (name, checksum) values (${migration.name}, ${migration.checksum})`.execute(
    tx,
  );
}
