import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { SecretBox } from '../../core/secret-box.ts';

/** 256 bits. The id is derived from the key, so it needs no bookkeeping and tells nothing about it. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The key to seal with, and those that earlier values may be sealed under. */
export interface SealingKeys {
  readonly current: SealingKey;
  find(id: string): SealingKey | undefined;
}

/** AES-256-GCM with a random nonce: good for 2^32 values per key (NIST SP 800-38D §8.3). */
const CIPHER = 'aes-256-gcm';
const KEY_ID = 8;
const NONCE = 12;
const TAG = 16;
const VERSION = 1;
const HEADER = 1 + KEY_ID;

export function toSealingKey(bytes: Uint8Array): SealingKey {
  if (bytes.length !== 32) throw new RangeError('A sealing key has 32 bytes');
  const digest = createHash('sha256').update('bonafide key id\0').update(bytes).digest();
  return { id: digest.subarray(0, KEY_ID).toString('hex'), bytes };
}

export function singleKey(bytes: Uint8Array): SealingKeys {
  const current = toSealingKey(bytes);
  return { current, find: (id) => (id === current.id ? current : undefined) };
}

/** Layout: version (1), key id (8), nonce (12), ciphertext, tag (16); header and context are authenticated. */
export function createSecretBox(keys: SealingKeys): SecretBox {
  return {
    seal(plain, context) {
      const { id, bytes } = keys.current;
      const header = Buffer.concat([Buffer.of(VERSION), Buffer.from(id, 'hex')]);
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(CIPHER, bytes, nonce);
      cipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([header, nonce, text, cipher.getAuthTag()]);
    },

    open(sealed, context) {
      const key = keys.find(sealedUnder(sealed) ?? '');
      if (!key || sealed.length < HEADER + NONCE + TAG) throw new AppError('secret_unreadable');
      const nonce = sealed.subarray(HEADER, HEADER + NONCE);
      const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG });
      decipher.setAAD(Buffer.concat([sealed.subarray(0, HEADER), Buffer.from(context)]));
      decipher.setAuthTag(sealed.subarray(-TAG));
      try {
        const text = sealed.subarray(HEADER + NONCE, -TAG);
        return Buffer.concat([decipher.update(text), decipher.final()]);
      } catch (error) {
        throw new AppError('secret_unreadable', undefined, { cause: error });
      }
    },
  };
}

/** Id of the key that a value is sealed under; undefined when it is no sealed value. */
export function sealedUnder(sealed: Uint8Array): string | undefined {
  if (sealed[0] !== VERSION || sealed.length < HEADER) return undefined;
  return Buffer.from(sealed.subarray(1, HEADER)).toString('hex');
}
