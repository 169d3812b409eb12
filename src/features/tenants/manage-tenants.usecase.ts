import { sql } from 'kysely';
import { AppError } from '../../core/errors.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import { type Scope, scopes } from '../../core/principal.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import type { AuditLog } from '../audit/index.ts';
import { insertApiKey, insertAwsKey, type KeyManager } from './manage-keys.usecase.ts';
import { createTenantRepository } from './tenant.repository.ts';
import type { IssuedApiKey, IssuedAwsKey, NewKey, Tenant } from './tenant.ts';

export function createTenant({ db, audit, actor }: KeyManager, name: string): Promise<Tenant> {
  return withSystem(db, (tx) => insertTenant(tx, audit, actor, name));
}

export function listTenants(db: Db): Promise<Tenant[]> {
  return withSystem(db, (tx) => createTenantRepository(tx).list());
}

/** @throws AppError tenant_not_found */
export async function findTenant(db: Db, id: string): Promise<Tenant> {
  const tenant = await withSystem(db, (tx) => createTenantRepository(tx).find(id));
  if (!tenant) throw new AppError('tenant_not_found');
  return tenant;
}

export interface FirstCredentials {
  readonly tenant: Tenant;
  readonly api: IssuedApiKey;
  readonly aws: IssuedAwsKey;
}

export const allScopes = Object.keys(scopes) as Scope[];

/** Any number that all copies agree on. */
const bootstrapLock = 0x626f6e62;

/**
 * Makes the first tenant with one key of each kind; undefined when there is a tenant. Of several copies that
 * start together one makes it.
 * @param store keeps the secrets, before the commit: after a crash either they are kept or nothing was made
 */
export function bootstrap(
  { db, audit }: Pick<KeyManager, 'db' | 'audit'>,
  box: SecretBox,
  store: (credentials: FirstCredentials) => Promise<void>,
): Promise<FirstCredentials | undefined> {
  return withSystem(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${bootstrapLock})`.execute(tx);
    if ((await createTenantRepository(tx).list()).length > 0) return undefined;
    const recorder = { audit, actor: 'system' };
    const tenant = await insertTenant(tx, audit, recorder.actor, 'Default');
    const key: NewKey = { environment: 'live', name: 'First key', scopes: allScopes };
    const awsKey: NewKey = { ...key, scopes: ['faces', 'objects'] };
    const credentials = {
      tenant,
      api: await insertApiKey(tx, recorder, tenant.id, key),
      aws: await insertAwsKey(tx, recorder, box, tenant.id, awsKey),
    };
    await store(credentials);
    return credentials;
  });
}

async function insertTenant(tx: Tx, audit: AuditLog, actor: string, name: string): Promise<Tenant> {
  const id: TenantId = newId('tenant');
  const tenant = await createTenantRepository(tx).insert(id, name);
  await audit.append(tx, id, { actor, action: 'tenant.created', target: id });
  return tenant;
}
