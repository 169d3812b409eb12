import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe } from 'vitest';
import { connect } from '../../src/platform/db/connect.ts';
import { migrate, readMigrations } from '../../src/platform/db/migrate.ts';
import type { Db } from '../../src/platform/db/schema.ts';
import { startEmbeddedDatabase } from '../../src/platform/pglite/embedded-database.ts';
import { hasPostgres, startPostgres, type TestCluster } from './postgres.ts';

/** Both engines that the product supports. Suites run on each: `describeOnEachEngine('…', (engine) => …)`. */
export type Engine = 'pglite' | 'postgres';

export interface TestDatabase {
  readonly db: Db;
  /** For a second pool, or for the program under test. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where PostgreSQL is not installed its half is skipped, with the reason in its name; CI fails instead. */
export function describeOnEachEngine(name: string, body: (engine: Engine) => void): void {
  describe(`${name} on pglite`, () => body('pglite'));
  if (hasPostgres) describe(`${name} on postgres`, () => body('postgres'));
  else
    describe.skip(`${name} on postgres (skipped: PostgreSQL is not installed)`, () =>
      body('postgres'));
}

/** An empty, migrated database of its own. Call `close` when done. */
export function createTestDatabase(engine: Engine = 'pglite'): Promise<TestDatabase> {
  return engine === 'postgres' ? createOnPostgres() : createOnPglite();
}

let cluster: Promise<TestCluster> | undefined;
let users = 0;

/** One server per test process; each database is owned by a user who is no superuser, as in production. */
async function createOnPostgres(): Promise<TestDatabase> {
  users++;
  cluster ??= startPostgres().then(async (started) => {
    await execute(started.url('postgres'), 'create role bonafide_owner login createrole');
    return started;
  });
  const server = await cluster;
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server.url('postgres'), `create database ${name} owner bonafide_owner`);
  const url = server.url(name, 'bonafide_owner');
  const db = connect(url);
  await migrate(db);
  return {
    db,
    url,
    async close() {
      await db.destroy();
      users--;
      if (users > 0) return;
      cluster = undefined;
      await server.stop();
    },
  };
}

/** The product's own database process, on a copy of a data directory that was migrated once. */
async function createOnPglite(): Promise<TestDatabase> {
  const dataDir = await copyTemplate();
  const server = await startEmbeddedDatabase({ dataDir, entry: databaseEntry });
  const db = connect(server.url);
  return {
    db,
    url: server.url,
    async close() {
      await db.destroy();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A new `DATA_DIR` with an empty, migrated embedded database. */
export async function copyTemplate(
  dataDir = mkdtempSync(join(tmpdir(), 'bonafide-db-')),
): Promise<string> {
  const directory = join(dataDir, 'database');
  cpSync(await migratedTemplate(), directory, { recursive: true });
  chmodSync(directory, 0o700);
  return dataDir;
}

export const databaseEntry = new URL('../../src/app/database-process.ts', import.meta.url);
const cache = fileURLToPath(new URL('../../node_modules/.cache/bonafide/', import.meta.url));

/** Directory with an empty, migrated database; made again when the migrations or the packages change. */
async function migratedTemplate(): Promise<string> {
  const migrations = await readMigrations();
  return template(
    'migrated',
    migrations.map(({ checksum }) => checksum),
    async (dataDir) => {
      cpSync(await emptyTemplate(), join(dataDir, 'database'), { recursive: true });
      const server = await startEmbeddedDatabase({ dataDir, entry: databaseEntry });
      const db = connect(server.url);
      await migrate(db);
      await db.destroy();
      await server.close();
    },
  );
}

/** As the product makes it on its first start, which takes seconds. */
function emptyTemplate(): Promise<string> {
  return template('empty', [], async (dataDir) => {
    const server = await startEmbeddedDatabase({ dataDir, entry: databaseEntry });
    await server.close();
  });
}

async function template(
  name: string,
  ingredients: readonly string[],
  make: (dataDir: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256').update(ingredients.join());
  for (const maker of ['package-lock.json', 'src/platform/pglite/serve-database.ts']) {
    digest.update(readFileSync(new URL(`../../${maker}`, import.meta.url)));
  }
  const path = join(cache, `pglite-${name}-${digest.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return path;

  const dataDir = mkdtempSync(join(tmpdir(), 'bonafide-db-'));
  await make(dataDir);
  mkdirSync(cache, { recursive: true });
  const draft = `${path}.${process.pid}`;
  cpSync(join(dataDir, 'database'), draft, { recursive: true });
  rmSync(dataDir, { recursive: true, force: true });
  try {
    renameSync(draft, path);
  } catch {
    // Another test process was faster; its copy is as good.
    rmSync(draft, { recursive: true, force: true });
  }
  return path;
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
