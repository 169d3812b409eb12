import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

/** An HTTP server: by URL, or on a Unix socket, where the URL gives the path only. */
export interface HttpTarget {
  readonly url: string;
  readonly socketPath?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

const maxAnswerBytes = 16 * 1024 * 1024;

/** JSON calls over kept-alive connections. */
export function createHttpClient(target: HttpTarget) {
  const base = new URL(target.url);
  const isTls = base.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: 64 };
  const agent = isTls ? new TlsAgent(options) : new Agent(options);
  const prefix = base.pathname.replace(/\/$/, '');
  return {
    call({ method, path, body, timeoutMs = 10_000 }: HttpCall): Promise<HttpAnswer> {
      const text = body === undefined ? undefined : JSON.stringify(body);
      return new Promise((resolve, reject) => {
        const outgoing = (isTls ? tlsRequest : request)({
          agent,
          method,
          path: `${prefix}${path}`,
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            host: base.host,
            // The engine answers questions in a binary format otherwise.
            accept: 'application/json',
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
          ...(target.socketPath === undefined
            ? { host: base.hostname, port: base.port }
            : { socketPath: target.socketPath }),
        });
        outgoing.once('error', reject);
        outgoing.once('response', (incoming) => {
          readAll(incoming).then(
            (answer) => resolve({ status: incoming.statusCode ?? 0, body: answer }),
            reject,
          );
        });
        outgoing.end(text);
      });
    },
    close: () => agent.destroy(),
  };
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error('The answer of the engine is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
