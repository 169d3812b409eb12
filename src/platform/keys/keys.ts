import { createHmac, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { TenantId } from '../../core/ids.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import { loadMasterKeys, type MasterKeyOptions, systemKeyPath } from './master-key.ts';
import { createSecretBox, singleKey } from './secret-box.ts';
import { createSubjectKeys, type SubjectKeys } from './subject-keys.ts';
import { readOrMakeWrappedKey, type WrappedKeyFile } from './wrapped-keys.ts';

/** Root of the encryption at rest, opened once at start and handed to whoever needs a part. */
export interface Keys {
  /** For values in the database that belong to no person: access key secrets, webhook secrets. */
  readonly box: SecretBox;
  /** One data key per person. */
  readonly subjects: SubjectKeys;
  /** 32 bytes that belong to this use alone; the same in every copy and after every rotation. */
  purposeKey(purpose: string): Uint8Array;
  /** As `purposeKey`, and different for every tenant. */
  tenantKey(tenant: TenantId, purpose: string): Uint8Array;
}

/**
 * The master key wraps the system key and one data key per person; nothing else is sealed with it, so rotating
 * it rewrites those small files only. Purpose keys come from the system key, so blind indexes stay valid.
 * @throws AppError master_key_invalid | master_key_mismatch
 */
export async function openKeys(options: MasterKeyOptions): Promise<Keys> {
  const load = () => loadMasterKeys(options);
  const system = await readOrMakeWrappedKey(load, systemKeyFile(options.directory));
  if (!system) throw new AppError('master_key_mismatch');
  const purposeKey = (purpose: string) => deriveKey(system, `bonafide purpose\0${purpose}`);
  return {
    box: createSecretBox(singleKey(purposeKey('secret-box'))),
    subjects: createSubjectKeys(subjectKeyDirectory(options.directory), load),
    purposeKey,
    tenantKey: (tenant, purpose) => purposeKey(`tenant\0${tenant}\0${purpose}`),
  };
}

/** Box for personal columns: what it seals dies with the key of its subject. */
export function subjectBox(dataKey: Uint8Array): SecretBox {
  return createSecretBox(singleKey(deriveKey(dataKey, 'bonafide columns')));
}

/**
 * Exact search over encrypted columns: equal values give equal indexes within one tenant and column, and
 * tell nothing to those without the key. Normalise (case, spaces, accents) before; low-entropy values can be
 * counted by who reads the table, so index only what must be searched.
 * @param tenantKey from `Keys.tenantKey(tenant, 'blind-index:<table>.<column>')`
 */
export function blindIndex(tenantKey: Uint8Array, value: string): string {
  return createHmac('sha256', tenantKey).update(value, 'utf8').digest('base64url');
}

/** HKDF-SHA-256 (RFC 5869); the input is a uniformly random key, so no salt is needed. */
export function deriveKey(
  key: Uint8Array,
  info: string,
  salt: Uint8Array = new Uint8Array(),
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, 32));
}

export function systemKeyFile(directory: string): WrappedKeyFile {
  return { path: systemKeyPath(directory), context: 'system-key' };
}

export function subjectKeyDirectory(directory: string): string {
  return join(directory, 'subjects');
}
