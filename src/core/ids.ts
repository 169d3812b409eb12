import { createHash, randomBytes } from 'node:crypto';

/** Prefix of each kind of id; the kinds are branded so that a tenant can never be passed for a session. */
export const idPrefixes = {
  tenant: 'ten',
  apiKey: 'key',
  session: 'ses',
  evidence: 'evd',
  artifact: 'art',
  subject: 'sub',
  workflow: 'wfl',
  webhook: 'whk',
  event: 'evt',
  delivery: 'dlv',
  upload: 'upl',
  object: 'obj',
  audit: 'aud',
  request: 'req',
  order: 'ord',
} as const;
export type IdKind = keyof typeof idPrefixes;

declare const brand: unique symbol;
export type Id<Kind extends IdKind> = string & { readonly [brand]: Kind };
export type TenantId = Id<'tenant'>;
export type ApiKeyId = Id<'apiKey'>;
export type SessionId = Id<'session'>;
export type EvidenceId = Id<'evidence'>;
export type SubjectId = Id<'subject'>;

/** Crockford's base 32 without i, l, o, u: readable aloud, safe in URLs and file names. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 48 bits of milliseconds, then 80 random bits: sorts by time, cannot be guessed. */
export function newId<Kind extends IdKind>(kind: Kind, now = Date.now()): Id<Kind> {
  let time = '';
  for (let value = now, i = 0; i < 10; i++, value = Math.floor(value / 32)) {
    time = alphabet.charAt(value % 32) + time;
  }
  const random = Array.from(randomBytes(16), (byte) => alphabet.charAt(byte % 32)).join('');
  return `${idPrefixes[kind]}_${time}${random}` as Id<Kind>;
}

/** The same id for the same seed and kind: what a repeated request makes, it made before. Does not sort by time. */
export function idFromSeed<Kind extends IdKind>(kind: Kind, seed: string): Id<Kind> {
  const digest = createHash('sha256').update(`${kind}\n${seed}`).digest();
  const text = Array.from(digest.subarray(0, 26), (byte) => alphabet.charAt(byte % 32)).join('');
  return `${idPrefixes[kind]}_${text}` as Id<Kind>;
}

/** Whether `text` has the form of an id of this kind; says nothing about its existence. */
export function isId<Kind extends IdKind>(kind: Kind, text: string): text is Id<Kind> {
  const prefix = `${idPrefixes[kind]}_`;
  return text.startsWith(prefix) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length));
}
