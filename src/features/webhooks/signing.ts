import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time and body. Pure but for the new secret. */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSigningSecret(): string {
  return toSigningSecret(randomBytes(SECRET_BYTES));
}

/** @param key 24 to 64 bytes that nobody can guess */
export function toSigningSecret(key: Uint8Array): string {
  return PREFIX + Buffer.from(key).toString('base64');
}

export interface SignedMessage {
  /** The event's id: the same for every attempt and replay, so that receivers can drop what they have seen. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** Headers of one attempt. During a rotation there are two secrets, and a signature for each. */
export function signatureHeaders(
  { id, at, body }: SignedMessage,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${sign(secret, `${id}.${timestamp}.${body}`)}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(content).digest('base64');
}
