import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What travels through the engine, with a code that only holders of the platform's key can make: any local
 * process may reach an engine on loopback, and none of them may rule on a session.
 */
export interface SealedMessage {
  /** JSON. */
  readonly body: string;
  /** Base64url HMAC-SHA-256 over the receiver and the body. */
  readonly mac: string;
}

export interface MessageSeal {
  seal(receiver: string, message: unknown): SealedMessage;
  /** Undefined when the message is not ours or was meant for another receiver. */
  open(receiver: string, sealed: unknown): unknown;
}

export function createMessageSeal(key: Uint8Array): MessageSeal {
  const macOf = (receiver: string, body: string) =>
    createHmac('sha256', key).update(`${receiver}\0${body}`).digest();
  return {
    seal(receiver, message) {
      const body = JSON.stringify(message);
      return { body, mac: macOf(receiver, body).toString('base64url') };
    },
    open(receiver, sealed) {
      if (!isSealed(sealed)) return undefined;
      const given = Buffer.from(sealed.mac, 'base64url');
      const expected = macOf(receiver, sealed.body);
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
      return isOurs ? JSON.parse(sealed.body) : undefined;
    },
  };
}

function isSealed(value: unknown): value is SealedMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { body, mac } = value as Partial<Record<keyof SealedMessage, unknown>>;
  return typeof body === 'string' && typeof mac === 'string';
}
