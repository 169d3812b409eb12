import { existsSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type AuditLog, createAuditLog } from '../features/audit/index.ts';
import { listTenants } from '../features/tenants/index.ts';
import { connect } from '../platform/db/connect.ts';
import { migrate } from '../platform/db/migrate.ts';
import type { Db } from '../platform/db/schema.ts';
import { type Keys, openKeys } from '../platform/keys/keys.ts';
import type { MasterKeyOptions } from '../platform/keys/master-key.ts';
import { socketName } from '../platform/pglite/database-messages.ts';
import {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  embeddedDatabaseUrl,
  startEmbeddedDatabase,
} from '../platform/pglite/embedded-database.ts';
import type { Config } from './config.ts';

export type StoreConfig = Pick<Config, 'dataDir' | 'database' | 'masterKey' | 'previousMasterKey'>;

/** Rows, keys and trail: what the platform and its commands share. */
export interface Store {
  readonly db: Db;
  readonly keys: Keys;
  readonly audit: AuditLog;
  /** Undefined with `DATABASE_URL`, and for a command that uses the database of a running platform. */
  readonly embedded: EmbeddedDatabase | undefined;
  /** Migrations applied on opening. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

/**
 * For the platform: starts the embedded database unless one is configured, and brings the schema up to date.
 * @throws AppError data_dir_in_use | data_dir_unusable | database_unavailable | database_disk_full |
 *   database_too_new | database_migration_changed | master_key_invalid | master_key_mismatch
 */
export async function openStore(
  config: StoreConfig,
  onDatabaseExit?: EmbeddedDatabaseOptions['onExit'],
): Promise<Store> {
  const { dataDir } = config;
  const embedded = config.database.url
    ? undefined
    : await startEmbeddedDatabase({
        dataDir,
        entry: databaseEntry,
        ...(onDatabaseExit && { onExit: onDatabaseExit }),
      });
  const db = connect(config.database.url ?? embeddedDatabaseUrl(dataDir));
  try {
    const migrated = await migrate(db);
    return await createStore(config, db, { embedded, migrated });
  } catch (error) {
    await db.destroy();
    await embedded?.close();
    throw error;
  }
}

/** For commands: uses the running platform's database, or runs the embedded one for as long as the command takes. */
export async function attachStore(config: StoreConfig): Promise<Store> {
  const isServed = config.database.url !== undefined || (await isListening(config.dataDir));
  if (!isServed) return openStore(config);
  const db = connect(config.database.url ?? embeddedDatabaseUrl(config.dataDir));
  return createStore(config, db, { embedded: undefined, migrated: [] });
}

async function createStore(
  config: StoreConfig,
  db: Db,
  rest: Pick<Store, 'embedded' | 'migrated'>,
): Promise<Store> {
  await refuseForeignKeys(config.dataDir, db);
  const keys = await openKeys(masterKeyOptions(config));
  return {
    db,
    keys,
    audit: createAuditLog(keys.purposeKey('audit')),
    ...rest,
    async close() {
      await db.destroy();
      await rest.embedded?.close();
    },
  };
}

/**
 * A database in use whose keys are not here: copies that do not share `DATA_DIR/keys`, or a restore without them.
 * New keys would hide that until somebody wants to read.
 */
async function refuseForeignKeys(dataDir: string, db: Db): Promise<void> {
  // In this order: another copy that starts at the same time makes its keys before the first tenant.
  if ((await listTenants(db)).length === 0) return;
  if (existsSync(join(dataDir, 'keys', 'system.key'))) return;
  throw new AppError(
    'master_key_mismatch',
    `The database is in use, and its keys are not in ${join(dataDir, 'keys')}`,
  );
}

/** Where the root of the encryption comes from. */
export function masterKeyOptions({
  dataDir,
  masterKey,
  previousMasterKey,
}: Pick<StoreConfig, 'dataDir' | 'masterKey' | 'previousMasterKey'>): MasterKeyOptions {
  return {
    directory: join(dataDir, 'keys'),
    ...(masterKey !== undefined && { masterKey }),
    ...(previousMasterKey !== undefined && { previousMasterKey }),
  };
}

function isListening(dataDir: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(join(dataDir, 'database', socketName));
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Beside this file, as source or built. */
const databaseEntry = new URL(
  import.meta.url.endsWith('.ts') ? './database-process.ts' : './database-process.js',
  import.meta.url,
);
