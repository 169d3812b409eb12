import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { photograph } from '../../test/support/photographs.ts';

export interface ChaosSession {
  readonly id: string;
  readonly expected: 'approved' | 'declined';
  readonly status: string;
  /** Captures whose `complete` was answered with 2xx: evidence id → SHA-256. */
  readonly acknowledged: ReadonlyMap<string, string>;
}

interface Reply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

type Ask = (method: string, path: string, options?: AskOptions) => Promise<Reply>;

interface AskOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly idempotencyKey?: string;
}

/** Persons and an integrator who go on whatever happens: every request is repeated until it is answered. */
export async function createChaosClient(baseUrl: string, dataDir: string, hook: string) {
  const { api_key: apiKey } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  const ask: Ask = (method, path, options = {}) =>
    untilAnswered(baseUrl, method, path, { token: apiKey, ...options });
  await ask('POST', '/v1/webhooks', { body: { url: hook, events: ['*'] } });
  const [person, stranger] = await choosePictures(ask);
  return {
    /** One session from its creation to its end; every second one with the document of somebody else. */
    async run(index: number): Promise<ChaosSession> {
      const isMatch = index % 2 === 0;
      const created = await ask('POST', '/v1/sessions', {
        body: { workflow: 'id-selfie', reference: `chaos ${index}` },
        idempotencyKey: `chaos-${index}`,
      });
      const id = String(created.json.id);
      const token = await enter(ask, id);
      const acknowledged = new Map<string, string>();
      const document = isMatch ? person : stranger;
      for (const [stream, bytes] of [
        ['document_front', document],
        ['face', person],
      ] as const) {
        acknowledged.set(await capture(ask, token, stream, bytes), digest(bytes));
      }
      const reached = await waitFor(ask, id, ['in_review', 'approved', 'declined']);
      if (reached === 'in_review') {
        await ask('POST', `/v1/sessions/${id}/ruling`, {
          body: { ruling: 'approved' },
          idempotencyKey: `chaos-ruling-${index}`,
        });
      }
      const status = await waitFor(ask, id, ['approved', 'declined']);
      return { id, status, expected: isMatch ? 'approved' : 'declined', acknowledged };
    },

    /** Acknowledged captures that cannot be read back as they were sent. */
    async countLost(sessions: readonly ChaosSession[]): Promise<number> {
      let lost = 0;
      for (const { id, acknowledged } of sessions) {
        for (const [evidence, sha256] of acknowledged) {
          const reply = await fetch(`${baseUrl}/v1/sessions/${id}/files/${evidence}`, {
            headers: { authorization: `Bearer ${apiKey}` },
          });
          const bytes = new Uint8Array(await reply.arrayBuffer());
          if (!reply.ok || digest(bytes) !== sha256) lost++;
        }
      }
      return lost;
    },
  };
}

/** Links work once: whose answer was lost in a crash needs another. */
async function enter(ask: Ask, session: string): Promise<string> {
  for (;;) {
    const link = await ask('POST', `/v1/sessions/${session}/link`);
    const secret = String(link.json.url).split('#')[1];
    const { status, json } = await ask('POST', '/capture/v1/token', { body: { session, secret } });
    if (status === 201) return String(json.token);
  }
}

async function capture(
  ask: Ask,
  token: string,
  stream: string,
  bytes: Uint8Array,
): Promise<string> {
  const upload = await ask('POST', '/capture/v1/uploads', { body: { stream }, token });
  const path = `/capture/v1/uploads/${String(upload.json.id)}`;
  await ask('PUT', `${path}/parts/1`, { body: bytes, token });
  const claim = { size: bytes.length, sha256: digest(bytes) };
  const { status, json } = await ask('POST', `${path}/complete`, { body: claim, token });
  if (status !== 201) throw new Error(`A capture was refused: ${JSON.stringify(json)}`);
  return String(json.evidence);
}

async function waitFor(ask: Ask, id: string, statuses: readonly string[]): Promise<string> {
  for (;;) {
    const { json } = await ask('GET', `/v1/sessions/${id}`);
    if (statuses.includes(String(json.status))) return String(json.status);
    await sleep(2_000 + 2_000 * Math.random());
  }
}

/** Two photographs of different people, as the platform itself sees it while nothing is being killed. */
async function choosePictures(ask: Ask): Promise<[Uint8Array, Uint8Array]> {
  const small = async (number: 1 | 2 | 3 | 4 | 5) =>
    new Uint8Array(await sharp(photograph(number)).resize({ width: 640 }).jpeg().toBuffer());
  const person = await small(1);
  for (const number of [2, 3, 4, 5] as const) {
    const stranger = await small(number);
    const [selfie, document_front] = [person, stranger].map((bytes) => ({
      bytes: Buffer.from(bytes).toString('base64'),
    }));
    const { json } = await ask('POST', '/v1/identity/verify', { body: { selfie, document_front } });
    if (Number(json.similarity ?? 100) < 40) return [person, stranger];
  }
  throw new Error('No two photographs are different enough');
}

async function untilAnswered(
  baseUrl: string,
  method: string,
  path: string,
  { body, token, idempotencyKey }: AskOptions,
): Promise<Reply> {
  const isBytes = body instanceof Uint8Array;
  for (;;) {
    try {
      const reply = await fetch(`${baseUrl}${path}`, {
        method,
        signal: AbortSignal.timeout(20_000),
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
          ...(body !== undefined && {
            'content-type': isBytes ? 'application/octet-stream' : 'application/json',
          }),
        },
        ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
      });
      const text = await reply.text();
      const isPassing = reply.status >= 500 || reply.status === 429;
      const json = text === '' ? {} : JSON.parse(text);
      if (!isPassing && json.code !== 'idempotency_in_progress')
        return { status: reply.status, json };
    } catch {
      // The server is down, or was while it answered.
    }
    await sleep(300 + 700 * Math.random());
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Arrival {
  readonly id: string;
  readonly type: string;
}

/** A receiver that now and then fails, so that events come twice. */
export async function listenForWebhooks() {
  const arrivals = new Map<string, Arrival[]>();
  let count = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, type, data } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      count++;
      const session = String(data.session_id);
      arrivals.set(session, [...(arrivals.get(session) ?? []), { id, type }]);
      response.statusCode = count % 25 === 0 ? 500 : 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    deliveries: () => count,
    close: () => server.close(),

    /**
     * Until everything came that must come, or patience ends; and a little longer, for what must not come.
     * A delivery whose process or database was killed is free again when its lease ends, and those behind it wait.
     */
    async settle(sessions: readonly ChaosSession[], patienceMs: number): Promise<void> {
      const deadline = performance.now() + patienceMs;
      while (missingOf(sessions, arrivals) > 0 && performance.now() < deadline) await sleep(500);
      await sleep(5_000);
    },

    judge(sessions: readonly ChaosSession[]) {
      let outOfOrder = 0;
      const twice = new Set<string>();
      for (const session of sessions) {
        const { id } = session;
        const came = arrivals.get(id) ?? [];
        // The first arrival of each event; later ones of the same id are repetitions.
        const distinct = [...new Map(came.map((arrival) => [arrival.id, arrival])).values()];
        const types = distinct.map(({ type }) => type);
        const wanted = wantedBy(session);
        if (new Set(types).size < types.length) twice.add(id);
        const known = types.filter((type) => wanted.includes(type));
        if (known.join() !== wanted.filter((type) => types.includes(type)).join()) outOfOrder++;
      }
      return { missing: missingOf(sessions, arrivals), outOfOrder, twice };
    },
  };
}

function wantedBy({ expected }: ChaosSession): string[] {
  return expected === 'approved'
    ? ['session.started', 'session.in_review', 'session.approved']
    : ['session.started', 'session.declined'];
}

function missingOf(
  sessions: readonly ChaosSession[],
  arrivals: ReadonlyMap<string, readonly Arrival[]>,
): number {
  const missing = sessions.map((session) => {
    const came = new Set(arrivals.get(session.id)?.map(({ type }) => type));
    return wantedBy(session).filter((type) => !came.has(type)).length;
  });
  return missing.reduce((total, count) => total + count, 0);
}
