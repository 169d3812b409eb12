import '../../core/polyfill.ts';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createEndpointHandler, type EndpointOptions } from '@restatedev/restate-sdk';

export interface WorkerOptions {
  readonly services: EndpointOptions['services'];
  /** Public half of the engine's signing key; undefined accepts unsigned calls (behind a private network). */
  readonly identityKey?: string | undefined;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger?: EndpointOptions['logger'];
}

export interface Worker {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves handlers to the engine over HTTP/2 without TLS. Whatever stands before `/invoke` and `/discover` in
 * the path is the version of the code that registered it; all versions are served by the same handlers.
 */
export async function serveWorker(options: WorkerOptions): Promise<Worker> {
  const handler = createEndpointHandler({
    services: options.services,
    ...(options.identityKey !== undefined && { identityKeys: [options.identityKey] }),
    ...(options.logger && { logger: options.logger }),
  });
  const server = createServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

function listen(server: Http2Server, { host, port }: WorkerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
