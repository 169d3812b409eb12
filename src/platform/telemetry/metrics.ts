import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures of the vision processes at one moment, as the pool reports them. */
export interface VisionFigures {
  readonly processes: number;
  readonly ready: number;
  readonly queued: number;
  readonly restarts: number;
}

/** A task pool of this copy. */
export interface PoolGateFigures {
  readonly running: number;
  readonly waiting: number;
  readonly limit: number;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Labels come from closed sets only (operation, status, part): never a tenant, a person or a path. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'bonafide_' });

  const requests = new Histogram({
    name: 'bonafide_http_request_duration_seconds',
    help: 'From the first byte of a request to the last one of its answer.',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  });
  const restarts = new Counter({
    name: 'bonafide_child_restarts_total',
    help: 'Child processes that died and were replaced.',
    labelNames: ['part'],
    registers: [registry],
  });

  return {
    registry,
    observeRequest(operation: string, status: number, seconds: number): void {
      requests.observe({ operation, status: String(status) }, seconds);
    },
    countRestart(part: 'database' | 'engine'): void {
      restarts.inc({ part });
    },
    /** Read when the metrics are scraped. */
    watchVision(figures: () => VisionFigures): void {
      new Gauge({
        name: 'bonafide_vision',
        help: 'Vision processes: how many, how many ready, tasks in the queue, restarts so far.',
        labelNames: ['figure'],
        registers: [registry],
        collect() {
          for (const [figure, value] of Object.entries(figures())) this.set({ figure }, value);
        },
      });
    },
    /** Read when the metrics are scraped. Copies are added and removed by `waiting`. */
    watchPools(figures: () => Readonly<Record<string, PoolGateFigures>>): void {
      new Gauge({
        name: 'bonafide_pool_tasks',
        help: 'Tasks that this copy computes (running), has accepted but not begun (waiting), and computes at most (limit).',
        labelNames: ['pool', 'figure'],
        registers: [registry],
        collect() {
          for (const [pool, { running, waiting, limit }] of Object.entries(figures())) {
            for (const [figure, value] of Object.entries({ running, waiting, limit })) {
              this.set({ pool, figure }, value);
            }
          }
        },
      });
    },
  };
}

export interface OperatorServerOptions {
  readonly host: string;
  readonly port: number;
  /** What `/health/ready` says: 200 when every part is ready. */
  ready(): Promise<Readonly<Record<string, { readonly ready: boolean }>>>;
}

/**
 * Serves `/metrics`, `/health/live` and `/health/ready` on a port of their own, apart from the API and also in
 * copies without one. Resolves when it listens.
 */
export async function serveMetrics(
  metrics: Metrics,
  { host, port, ready }: OperatorServerOptions,
): Promise<Server> {
  const json = (status: number, body: unknown): Page => ({
    status,
    type: 'application/json',
    text: JSON.stringify(body),
  });
  const pages: Readonly<Record<string, () => Promise<Page>>> = {
    '/metrics': async () => ({
      status: 200,
      type: metrics.registry.contentType,
      text: await metrics.registry.metrics(),
    }),
    '/health/live': async () => json(200, { status: 'ok' }),
    '/health/ready': async () => {
      const parts = await ready();
      const isReady = Object.values(parts).every((part) => part.ready);
      return json(isReady ? 200 : 503, { status: isReady ? 'ok' : 'not_ready', parts });
    },
  };
  const server = createServer((request, response) => {
    const page = request.method === 'GET' ? pages[request.url ?? ''] : undefined;
    if (!page) {
      response.writeHead(404).end();
      return;
    }
    page().then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}
