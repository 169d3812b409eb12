import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { AppError } from '../../core/errors.ts';
import { connect } from '../../platform/db/connect.ts';
import { toDatabaseError } from '../../platform/db/database-errors.ts';
import { parseObjectStoreUrl } from '../../platform/objects/object-store-url.ts';
import { createS3Blobs } from '../../platform/objects/s3-blobs.ts';
import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';

type DatabaseConfig = Pick<Config, 'dataDir' | 'database'>;
type ObjectsConfig = Pick<Config, 'dataDir' | 'objects'>;

/** PostgreSQL 15, as `server_version_num` counts. */
const oldestPostgres = 150_000;

export async function examineDatabase({ database, dataDir }: DatabaseConfig): Promise<Finding> {
  const what = 'database';
  if (!database.url) {
    const path = join(dataDir, 'database');
    const state = existsSync(path) ? '' : ', made at the first start';
    return { what, status: 'ok', found: `embedded, ${path}${state}` };
  }
  const db = connect(database.url, { max: 1 });
  try {
    const { rows } = await sql<{ number: string; text: string }>`select
      current_setting('server_version_num') as number, current_setting('server_version') as text
    `.execute(db);
    const isOld = Number(rows[0]?.number) < oldestPostgres;
    return {
      what,
      status: isOld ? 'problem' : 'ok',
      found: `PostgreSQL ${rows[0]?.text} at DATABASE_URL`,
      ...(isOld && { advice: 'Use PostgreSQL 15 or newer.' }),
    };
  } catch (error) {
    return {
      what,
      status: 'problem',
      found: describe(toDatabaseError(error)),
      advice: 'Check host, port, database, user and password in DATABASE_URL.',
    };
  } finally {
    await db.destroy();
  }
}

/** Lists one object: that needs the bucket, its address and the right secret. */
export async function examineObjects({ objects, dataDir }: ObjectsConfig): Promise<Finding> {
  const what = 'objects';
  const { url, accessKeyId, secretAccessKey } = objects;
  if (!url) return { what, status: 'ok', found: `files in ${join(dataDir, 'objects')}` };
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
  try {
    const location = parseObjectStoreUrl(url);
    const blobs = createS3Blobs(location, credentials && { credentials });
    await blobs.list()[Symbol.asyncIterator]().next();
    return { what, status: 'ok', found: `bucket ${location.bucket} answers` };
  } catch (error) {
    return {
      what,
      status: 'problem',
      found: describe(error),
      advice: 'Check bucket, endpoint and region in OBJECT_STORE_URL, and the AWS_… credentials.',
    };
  }
}

/** The text of our error, and the name that the server or the system gave its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error instanceof AppError ? error.cause : undefined;
  const name = cause instanceof Error ? (codeOf(cause) ?? cause.name) : undefined;
  return name === undefined ? error.message : `${error.message} (${name})`;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
