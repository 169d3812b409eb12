import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { AppError, toProblem } from '../core/errors.ts';

/** What a caller may make the server hold, and for how long. */
export interface HttpLimits {
  /** Bytes of the request line and all headers. */
  readonly headerBytes: number;
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the last one of its body. */
  readonly requestTimeoutMs: number;
  /** Silence on a connection, also while it waits for its answer. */
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connections: number;
  /** Bytes of a JSON body, images not counted. */
  readonly jsonBytes: number;
  /** Bytes of all bodies held at the same time. */
  readonly totalBytes: number;
  /** Longest silence within a body. */
  readonly bodyIdleMs: number;
}

export const defaultLimits: HttpLimits = {
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  keepAliveTimeoutMs: 10_000,
  connections: 2_000,
  jsonBytes: 256 * 1024,
  totalBytes: 256 * 1024 * 1024,
  bodyIdleMs: 10_000,
};

/** PEM texts. */
export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** Plain or TLS server with every limit set: slow headers, slow bodies, idle and too many connections end. */
export function createListener(
  handler: RequestListener,
  limits: HttpLimits,
  tls?: TlsFiles,
): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
  };
  const server = tls
    ? createTlsServer(
        {
          ...options,
          ...tls,
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.headersTimeoutMs,
        },
        handler,
      )
    : createServer(options, handler);
  server.maxHeadersCount = 100;
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleTimeoutMs);
  return server;
}

/** Requests that Node refuses before Fastify sees them: they get a problem document like all others. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // Before the handshake is done there is nobody to talk to: an answer would wait for its end for ever.
  const isHandshaking = /^(ERR_TLS_|ERR_SSL_|EPROTO)/.test(error.code ?? '');
  if (error.code === 'ECONNRESET' || !socket.writable || isHandshaking) {
    socket.destroy();
    return;
  }
  const { status, body } = describe(error.code);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function describe(code: string | undefined): { status: number; body: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const problem = toProblem(new AppError('request_timeout'));
    return { status: problem.status, body: JSON.stringify(problem) };
  }
  const isHeader = code === 'HPE_HEADER_OVERFLOW';
  const status = isHeader ? 431 : 400;
  const detail = isHeader ? 'The headers are too large' : 'This is not valid HTTP';
  const problem = { ...toProblem(new AppError('request_rejected', detail)), status };
  return { status, body: JSON.stringify(problem) };
}
