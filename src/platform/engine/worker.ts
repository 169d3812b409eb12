import '../../core/polyfill.ts';
import { createServer as createHttp1Server, type RequestListener } from 'node:http';
import { createServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createEndpointHandler, type EndpointOptions } from '@restatedev/restate-sdk';

export interface WorkerOptions {
  readonly services: EndpointOptions['services'];
  /** Public half of the engine's signing key; undefined accepts unsigned calls (behind a private network). */
  readonly identityKey?: string | undefined;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Over HTTP/1.1 every call has a connection of its own, which balancers of connections can spread. */
  readonly protocol?: 'http2' | 'http1';
  readonly logger?: EndpointOptions['logger'];
}

export interface Worker {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves handlers to the engine without TLS. Whatever stands before `/invoke` and `/discover` in
 * the path is the version of the code that registered it; all versions are served by the same handlers.
 */
export async function serveWorker(options: WorkerOptions): Promise<Worker> {
  const handler = createEndpointHandler({
    services: options.services,
    ...(options.identityKey !== undefined && { identityKeys: [options.identityKey] }),
    ...(options.logger && { logger: options.logger }),
  });
  const server = options.protocol === 'http1' ? oneCallAConnection(handler) : createServer(handler);
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.destroy();
      }),
  };
}

/** Kept-alive connections would go on to the workers of yesterday and leave a new one idle. */
function oneCallAConnection(handler: RequestListener): Server {
  const server = createHttp1Server(handler);
  server.maxRequestsPerSocket = 1;
  return server;
}

function listen(server: Server, { host, port }: WorkerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
