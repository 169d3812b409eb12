import { timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { TenantId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createKeyLookupUnscoped } from './key-lookup.repository.ts';
import { awsSecretContext, hashApiKey, looksLikeApiKey } from './key-secrets.ts';
import { type AwsIdentity, type KeyInfo, keyState } from './tenant.ts';

/**
 * Unknown, expired and revoked keys are answered alike.
 * @throws AppError api_key_invalid
 */
export async function authenticateApiKey(
  db: Db,
  apiKey: string,
  now = new Date(),
): Promise<Principal> {
  if (!looksLikeApiKey(apiKey)) throw new AppError('api_key_invalid');
  const sha256 = hashApiKey(apiKey);
  // The index compares digests, and a digest that nearly matches tells nothing about a key.
  const found = await withSystem(db, (tx) => createKeyLookupUnscoped(tx).findApiKey(sha256));
  const isValid =
    found !== undefined &&
    timingSafeEqual(found.secretSha256, sha256) &&
    keyState(found.info, now) === 'active';
  if (!isValid) throw new AppError('api_key_invalid');
  return toPrincipal(found.tenant, found.info);
}

/** For verifying a signature. Undefined for an unknown, expired or revoked access key. */
export async function findAwsKey(
  db: Db,
  box: SecretBox,
  accessKeyId: string,
  now = new Date(),
): Promise<AwsIdentity | undefined> {
  const found = await withSystem(db, (tx) => createKeyLookupUnscoped(tx).findAwsKey(accessKeyId));
  if (!found || keyState(found.info, now) !== 'active') return undefined;
  const secret = box.open(found.secretSealed, awsSecretContext(accessKeyId));
  return {
    principal: toPrincipal(found.tenant, found.info),
    secretAccessKey: Buffer.from(secret).toString('utf8'),
  };
}

function toPrincipal(tenant: TenantId, { environment, id, scopes }: KeyInfo): Principal {
  return { tenant, environment, keyId: id, scopes };
}
