import type { ApiKeyId, TenantId } from '../../core/ids.ts';
import type { Environment, Principal, Scope } from '../../core/principal.ts';

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly createdAt: Date;
}

/** What may be shown of a key: everything but its secret. */
export interface KeyInfo {
  readonly id: ApiKeyId;
  /** `api` is sent as a bearer token, `aws` signs requests. */
  readonly kind: 'api' | 'aws';
  readonly environment: Environment;
  readonly name: string;
  /** Enough to recognise it: the last characters of an API key, the access key id of an AWS-style one. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** To the minute, and written late. */
  readonly lastUsedAt: Date | null;
}

export interface NewKey {
  readonly environment: Environment;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Never, unless set. */
  readonly expiresAt?: Date | undefined;
}

/** The secret is in here and nowhere else: it cannot be shown again. */
export interface IssuedApiKey {
  readonly info: KeyInfo;
  readonly apiKey: string;
}

export interface IssuedAwsKey {
  readonly info: KeyInfo;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AwsIdentity {
  readonly principal: Principal;
  readonly secretAccessKey: string;
}

export type KeyState = 'active' | 'expired' | 'revoked';

export function keyState(key: Pick<KeyInfo, 'expiresAt' | 'revokedAt'>, now: Date): KeyState {
  if (key.revokedAt) return 'revoked';
  return key.expiresAt && key.expiresAt <= now ? 'expired' : 'active';
}
