import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Ids, codes, counts and times. What could hold a name or a document number is refused. */
export type AuditDetails = Record<string, string | number | boolean | null>;

/** Who did what to which thing. */
export interface AuditEvent {
  /** Id of a key or member, or `operator` (the command line) or `system`. */
  readonly actor: string;
  /** `noun.verb` in the past: `api_key.revoked`. */
  readonly action: string;
  /** Id of the thing. */
  readonly target: string;
  readonly details?: AuditDetails;
}

export interface AuditEntry {
  readonly tenant: string;
  /** Counts from 1 without gaps within a tenant. */
  readonly seq: number;
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly details: AuditDetails;
  /** Hash of the entry before; 32 zero bytes for the first. */
  readonly previousHash: Uint8Array;
}

export interface SignedEntry extends AuditEntry {
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}

export const genesisHash: Uint8Array = new Uint8Array(32);

/** Free text is where personal data would get in: one word of ASCII, as ids and codes are, and no e-mail address. */
const word = /^[A-Za-z0-9_.:,/+-]{0,200}$/;

/** @throws TypeError naming the field, never its value */
export function refuseFreeText(event: AuditEvent): void {
  const { actor, action, target, details = {} } = event;
  for (const [field, value] of Object.entries({ actor, action, target, ...details })) {
    if (!word.test(field) || (typeof value === 'string' && !word.test(value))) {
      throw new TypeError(`Audit entries hold ids and codes only: "${action}", field "${field}"`);
    }
  }
}

/** SHA-256 over all fields in a fixed order; keys of `details` sorted, because jsonb does not keep theirs. */
export function hashEntry(entry: AuditEntry): Buffer {
  const details = Object.entries(entry.details).sort(([a], [b]) => (a < b ? -1 : 1));
  const { tenant, seq, id, at, actor, action, target, previousHash } = entry;
  const fields = [tenant, seq, id, at.toISOString(), actor, action, target, details];
  return createHash('sha256')
    .update(JSON.stringify([...fields, Buffer.from(previousHash).toString('hex')]))
    .digest();
}

/** HMAC-SHA256. Without the key, which is not in the database, no row can be rewritten unnoticed. */
export function signHash(key: Uint8Array, tenant: string, seq: number, hash: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`audit:${tenant}:${seq}:`).update(hash).digest();
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
