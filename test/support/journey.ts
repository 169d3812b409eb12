import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { photograph } from './photographs.ts';

/** A session as an integrator and a capture page see it, over HTTP only. */
export interface Journey {
  readonly session: string;
  /** Sends a photograph on a stream; the capture is acknowledged when this returns. */
  capture(stream: string, bytes?: Uint8Array): Promise<void>;
  status(): Promise<string>;
  /** Waits until nothing is computed any more. */
  settled(withinMs?: number): Promise<string>;
}

const restless = new Set(['not_started', 'in_progress']);

/** `urlOf` is asked for every request: the copy that answered the last one may be gone. */
export async function beginJourney(
  urlOf: () => string,
  apiKey: string,
  workflow = 'id-selfie',
): Promise<Journey> {
  const owner = { authorization: `Bearer ${apiKey}` };
  const made = await call(urlOf, 'POST', '/v1/sessions', owner, { workflow });
  const session = String(made.id);
  const { url = '' } = made.capture as { url?: string };
  const secret = url.split('#')[1];
  const { token } = await call(urlOf, 'POST', '/capture/v1/token', {}, { session, secret });
  const page = { authorization: `Bearer ${token}` };
  const status = async () =>
    String((await call(urlOf, 'GET', `/v1/sessions/${session}`, owner)).status);
  return {
    session,
    status,
    async capture(stream, bytes = photograph(1)) {
      const { id } = await call(urlOf, 'POST', '/capture/v1/uploads', page, { stream });
      await call(urlOf, 'PUT', `/capture/v1/uploads/${id}/parts/1`, page, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const claim = { size: bytes.length, sha256 };
      await call(urlOf, 'POST', `/capture/v1/uploads/${id}/complete`, page, claim);
    },
    async settled(withinMs = 60_000) {
      const giveUpAt = Date.now() + withinMs;
      for (;;) {
        const now = await status();
        if (!restless.has(now)) return now;
        if (Date.now() > giveUpAt) throw new Error(`${session} is still ${now}`);
        await sleep(50);
      }
    },
  };
}

async function call(
  urlOf: () => string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const isBytes = body instanceof Uint8Array;
  const reply = await fetch(`${urlOf()}${path}`, {
    method,
    headers: {
      ...headers,
      ...(body !== undefined && {
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      }),
    },
    ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
