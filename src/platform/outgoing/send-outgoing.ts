import { lookup } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { literalAddress, refuseUrl } from './outgoing-url.ts';

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is by POST. */
  readonly body: string;
}

/** Redirects are answers like any other: they are never followed. */
export type OutgoingAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly latencyMs: number;
      readonly body: Buffer;
    }
  | { readonly kind: 'failed'; readonly reason: OutgoingFailure; readonly latencyMs: number };

export type OutgoingFailure =
  | 'url_refused'
  | 'address_refused'
  | 'name_not_resolved'
  | 'connection_failed'
  | 'tls_failed'
  | 'timeout'
  | 'answer_too_large';

/** POSTs to a URL that a stranger chose. Never throws for what the other side does. */
export type SendOutgoing = (request: OutgoingRequest) => Promise<OutgoingAnswer>;

export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>;

export interface OutgoingOptions {
  readonly policy: AddressPolicy;
  /** For everything together, resolving and reading included. */
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
  readonly resolve?: Resolve;
  /** Certificates to trust besides the public ones (PEM). */
  readonly ca?: string;
}

export function createOutgoing({
  policy,
  timeoutMs = 10_000,
  maxAnswerBytes = 64 * 1024,
  resolve = resolveAll,
  ca,
}: OutgoingOptions): SendOutgoing {
  return async (request) => {
    const startedAt = performance.now();
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      if (refuseUrl(request.url, policy) !== undefined) throw new OutgoingError('url_refused');
      const url = new URL(request.url);
      const pinned = await orAbort(choose(url, policy, resolve), deadline);
      const { status, body } = await post(url, request, pinned, { deadline, maxAnswerBytes, ca });
      return { kind: 'answered', status, body, latencyMs: since(startedAt) };
    } catch (error) {
      const reason = deadline.aborted ? 'timeout' : reasonOf(error);
      return { kind: 'failed', reason, latencyMs: since(startedAt) };
    }
  };
}

class OutgoingError extends Error {
  readonly reason: OutgoingFailure;

  constructor(reason: OutgoingFailure, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

interface Pinned {
  readonly address: string;
  readonly family: number;
}

/**
 * Resolves once; the connection goes to the very address that was judged. If any address of the name may not be
 * reached, none is: such a name is no honest receiver.
 */
async function choose(url: URL, policy: AddressPolicy, resolve: Resolve): Promise<Pinned> {
  const literal = literalAddress(url);
  const addresses = literal
    ? [{ address: literal, family: literal.includes(':') ? 6 : 4 }]
    : await resolve(url.hostname).catch((cause: unknown) => {
        throw new OutgoingError('name_not_resolved', { cause });
      });
  const [first] = addresses;
  if (!first) throw new OutgoingError('name_not_resolved');
  if (addresses.some(({ address }) => policy.judge(address, url.protocol) !== undefined)) {
    throw new OutgoingError('address_refused');
  }
  return first;
}

interface PostLimits {
  readonly deadline: AbortSignal;
  readonly maxAnswerBytes: number;
  readonly ca: string | undefined;
}

async function post(
  url: URL,
  { headers, body }: OutgoingRequest,
  pinned: Pinned,
  { deadline, maxAnswerBytes, ca }: PostLimits,
): Promise<{ status: number; body: Buffer }> {
  const bytes = Buffer.from(body);
  const options = {
    method: 'POST',
    // Host header and server name stay those of the URL; only the resolving is replaced.
    lookup: pinTo(pinned),
    // A connection of its own: none that was opened under an earlier judgement is used again.
    agent: false,
    signal: deadline,
    headers: { ...headers, 'content-length': bytes.length, 'accept-encoding': 'identity' },
    ...(ca !== undefined && { ca }),
  } as const;
  const request =
    url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
  request.end(bytes);
  const answer = await responseOf(request);
  try {
    return { status: answer.statusCode ?? 0, body: await readUpTo(answer, maxAnswerBytes) };
  } finally {
    request.destroy();
  }
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: later errors of the request are the answer's, and must not be left unheard.
    request.on('error', reject);
  });
}

async function readUpTo(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new OutgoingError('answer_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Node asks for one address or, to race address families, for all of them. */
function pinTo({ address, family }: Pinned): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function resolveAll(host: string): Promise<Pinned[]> {
  return lookup(host, { all: true, verbatim: true });
}

function reasonOf(error: unknown): OutgoingFailure {
  if (error instanceof OutgoingError) return error.reason;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code);
  return isTls ? 'tls_failed' : 'connection_failed';
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
