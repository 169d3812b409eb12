import { AppError } from '../../core/errors.ts';
import { type ApiKeyId, newId, type TenantId } from '../../core/ids.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { AuditLog } from '../audit/index.ts';
import { createApiKeyRepository } from './api-key.repository.ts';
import { createAwsKeyRepository } from './aws-key.repository.ts';
import {
  awsSecretContext,
  hashApiKey,
  hintOf,
  newAccessKeyId,
  newApiKey,
  newSecretAccessKey,
} from './key-secrets.ts';
import {
  type IssuedApiKey,
  type IssuedAwsKey,
  type KeyInfo,
  keyState,
  type NewKey,
} from './tenant.ts';

/** Who asks, for the audit trail: id of a key or member, or `operator`. */
export interface KeyManager {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly actor: string;
}
type Recorder = Pick<KeyManager, 'audit' | 'actor'>;

export function createApiKey(
  manager: KeyManager,
  tenant: TenantId,
  key: NewKey,
): Promise<IssuedApiKey> {
  return withTenant(manager.db, tenant, (tx) => insertApiKey(tx, manager, tenant, key));
}

/** As `createApiKey`, within a transaction that makes more. */
export async function insertApiKey(
  tx: Tx,
  { audit, actor }: Recorder,
  tenant: TenantId,
  key: NewKey,
): Promise<IssuedApiKey> {
  const issued = await issue(tx, tenant, key);
  const details = { environment: key.environment };
  const target = issued.info.id;
  await audit.append(tx, tenant, { actor, action: 'api_key.created', target, details });
  return issued;
}

/**
 * A new key with the same rights; the old one goes on for `overlapMs`, so that clients can change over.
 * @throws AppError api_key_not_found when it is unknown, expired, revoked or an AWS-style key
 */
export function rotateApiKey(
  { db, audit, actor }: KeyManager,
  tenant: TenantId,
  id: ApiKeyId,
  { overlapMs, now = new Date() }: { overlapMs: number; now?: Date },
): Promise<IssuedApiKey> {
  return withTenant(db, tenant, async (tx) => {
    const repository = createApiKeyRepository(tx);
    const old = await repository.find(tenant, id);
    if (!old || keyState(old, now) !== 'active') throw new AppError('api_key_not_found');
    const { environment, name, scopes, expiresAt } = old;
    const key = { environment, name, scopes, expiresAt: expiresAt ?? undefined };
    const issued = await issue(tx, tenant, key, id);
    const endsAt = new Date(now.getTime() + overlapMs);
    await repository.expireBy(tenant, id, endsAt);
    await audit.append(tx, tenant, {
      actor,
      action: 'api_key.rotated',
      target: id,
      details: { replaced_by: issued.info.id, ends_at: endsAt.toISOString() },
    });
    return issued;
  });
}

/**
 * At once and for ever; both kinds.
 * @throws AppError api_key_not_found when it is unknown or was revoked before
 */
export function revokeKey(
  { db, audit, actor }: KeyManager,
  tenant: TenantId,
  id: ApiKeyId,
  now = new Date(),
): Promise<void> {
  return withTenant(db, tenant, async (tx) => {
    const isRevoked =
      (await createApiKeyRepository(tx).revoke(tenant, id, now)) ||
      (await createAwsKeyRepository(tx).revoke(tenant, id, now));
    if (!isRevoked) throw new AppError('api_key_not_found');
    await audit.append(tx, tenant, { actor, action: 'api_key.revoked', target: id });
  });
}

export function createAwsKey(
  manager: KeyManager,
  box: SecretBox,
  tenant: TenantId,
  key: NewKey,
): Promise<IssuedAwsKey> {
  return withTenant(manager.db, tenant, (tx) => insertAwsKey(tx, manager, box, tenant, key));
}

/** As `createAwsKey`, within a transaction that makes more. */
export async function insertAwsKey(
  tx: Tx,
  { audit, actor }: Recorder,
  box: SecretBox,
  tenant: TenantId,
  key: NewKey,
): Promise<IssuedAwsKey> {
  const accessKeyId = newAccessKeyId();
  const secretAccessKey = newSecretAccessKey();
  const secretSealed = box.seal(Buffer.from(secretAccessKey), awsSecretContext(accessKeyId));
  const access = { keyId: accessKeyId, secretSealed };
  const info = await createAwsKeyRepository(tx).insert(tenant, newId('apiKey'), key, access);
  const details = { environment: key.environment };
  await audit.append(tx, tenant, { actor, action: 'aws_key.created', target: info.id, details });
  return { info, accessKeyId, secretAccessKey };
}

/** Both kinds, oldest first, expired and revoked ones included. */
export function listKeys(db: Db, tenant: TenantId): Promise<KeyInfo[]> {
  return withTenant(db, tenant, async (tx) => [
    ...(await createApiKeyRepository(tx).list(tenant)),
    ...(await createAwsKeyRepository(tx).list(tenant)),
  ]);
}

async function issue(
  tx: Tx,
  tenant: TenantId,
  key: NewKey,
  replaces?: ApiKeyId,
): Promise<IssuedApiKey> {
  const apiKey = newApiKey(key.environment);
  const secret = { sha256: hashApiKey(apiKey), hint: hintOf(apiKey) };
  const repository = createApiKeyRepository(tx);
  const info = await repository.insert(tenant, newId('apiKey'), key, secret, replaces);
  return { info, apiKey };
}
