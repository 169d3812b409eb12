import { AppError } from '../../core/errors.ts';
import {
  createHttpClient,
  type HttpAnswer,
  type HttpCall,
  type HttpTarget,
} from './http-target.ts';

/** Where a Restate server is reached. */
export interface EngineAddress {
  readonly ingress: HttpTarget;
  readonly admin: HttpTarget;
}

export interface Invocation {
  readonly service: string;
  /** Key of a virtual object; absent for a service. */
  readonly key?: string;
  readonly handler: string;
  readonly payload: unknown;
  readonly delayMs?: number;
}

export interface Deployment {
  readonly id: string;
  readonly uri: string;
}

export type EngineClient = ReturnType<typeof createEngineClient>;

/** The part of Restate's HTTP interfaces that the platform uses. */
export function createEngineClient(address: EngineAddress) {
  const ingress = createHttpClient(address.ingress);
  const admin = createHttpClient(address.admin);

  async function expect(client: typeof admin, call: HttpCall): Promise<HttpAnswer> {
    const answer = await client.call(call).catch((error: unknown) => {
      throw new AppError('engine_unavailable', undefined, { cause: error, retryAfterS: 1 });
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    // The engine's own words may quote what a handler threw.
    throw new AppError('engine_unavailable', `The engine answered ${answer.status}`, {
      retryAfterS: 1,
    });
  }

  const pathOf = ({ service, key, handler }: Invocation) =>
    `/${service}${key === undefined ? '' : `/${encodeURIComponent(key)}`}/${handler}`;

  return {
    /**
     * Hands the invocation over; it is durable when this returns and runs at least once.
     * @throws AppError engine_unavailable
     */
    async send(invocation: Invocation): Promise<void> {
      const delay = invocation.delayMs === undefined ? '' : `?delay=${invocation.delayMs}ms`;
      await expect(ingress, {
        method: 'POST',
        path: `${pathOf(invocation)}/send${delay}`,
        body: invocation.payload,
      });
    },

    /** Waits for the answer. @throws AppError engine_unavailable */
    async call(invocation: Invocation, timeoutMs = 30_000): Promise<unknown> {
      const { body } = await expect(ingress, {
        method: 'POST',
        path: pathOf(invocation),
        body: invocation.payload,
        timeoutMs,
      });
      return body === '' ? undefined : JSON.parse(body);
    },

    async isReady(): Promise<boolean> {
      try {
        const [a, b] = await Promise.all([
          ingress.call({ method: 'GET', path: '/restate/health', timeoutMs: 1_000 }),
          admin.call({ method: 'GET', path: '/health', timeoutMs: 1_000 }),
        ]);
        return a.status === 200 && b.status === 200;
      } catch {
        return false;
      }
    },

    async deployments(): Promise<Deployment[]> {
      const { body } = await expect(admin, { method: 'GET', path: '/deployments' });
      const { deployments } = JSON.parse(body) as { deployments: { id: string; uri?: string }[] };
      return deployments.flatMap(({ id, uri }) => (uri === undefined ? [] : [{ id, uri }]));
    },

    /** Makes the handlers behind this URL known. Calls that wait for an older URL stay with it. */
    async register(uri: string, protocol: 'http2' | 'http1' = 'http2'): Promise<void> {
      const body = { uri, force: true, ...(protocol === 'http1' && { use_http_11: true }) };
      await expect(admin, { method: 'POST', path: '/deployments', body, timeoutMs: 30_000 });
    },

    /** The same handlers have moved: what waits for the old address goes to the new one. */
    async move({ id }: Deployment, uri: string): Promise<void> {
      const path = `/deployments/${encodeURIComponent(id)}`;
      await expect(admin, { method: 'PATCH', path, body: { uri }, timeoutMs: 30_000 });
    },

    /** Rows of the engine's own tables (`sys_invocation`, …); for figures and tests. */
    async query(sql: string): Promise<unknown[]> {
      const { body } = await expect(admin, {
        method: 'POST',
        path: '/query',
        body: { query: sql },
      });
      return (JSON.parse(body) as { rows: unknown[] }).rows;
    },

    close(): void {
      ingress.close();
      admin.close();
    },
  };
}
