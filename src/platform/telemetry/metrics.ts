import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures of the vision processes at one moment, as the pool reports them. */
export interface VisionFigures {
  readonly processes: number;
  readonly ready: number;
  readonly queued: number;
  readonly restarts: number;
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
  };
}

/** Serves `/metrics` on its own port, on loopback, apart from the API. Resolves when it listens. */
export async function serveMetrics(metrics: Metrics, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}
