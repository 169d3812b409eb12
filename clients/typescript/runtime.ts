/** What the generated client stands on: requests, retries, errors. No dependency but `fetch`. */

/** An image as a file (sent as a form part) or as base64 (sent as JSON). */
export type ImageSource = Blob | Uint8Array | { readonly bytes: string };

export interface ClientOptions {
  /** `http://127.0.0.1:8080`, without a path. */
  readonly baseUrl: string;
  /** API key, or the token of a capture session for its own calls. */
  readonly apiKey: string;
  /** How often a request is sent at most; default 4. */
  readonly maxAttempts?: number;
  /** For one attempt, answer included; default 60 s. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** For operations that take one; made up unless given, so that retries have one effect. */
  readonly idempotencyKey?: string;
}

/** A problem document (RFC 9457). Switch on `code`. */
export class BonafideError extends Error {
  override readonly name = 'BonafideError';
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** Quote it to the operator. */
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<ProblemBody>, requestId: string | undefined) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.requestId = requestId;
  }
}

interface ProblemBody {
  title: string;
  code: string;
  detail: string;
  errors: { pointer: string; detail: string }[];
}

/** One operation as the OpenAPI document describes it; made by the generator. */
export interface Operation {
  readonly method: string;
  /** With `{name}` for path parameters. */
  readonly path: string;
  readonly pathParameters?: readonly string[];
  readonly queryParameters?: readonly string[];
  readonly images?: readonly string[];
  readonly body?: 'json' | 'raw';
  readonly idempotent?: boolean;
  /** The answer is a file. */
  readonly isFile?: boolean;
}

export type Send = <Answer>(
  operation: Operation,
  input?: object,
  options?: RequestOptions,
) => Promise<Answer>;

/** These say that nothing was done: the request may be sent again whatever it is. */
const RETRIED_STATUS = new Set([429, 503]);

export function createSend(client: ClientOptions): Send {
  const { maxAttempts = 4, timeoutMs = 60_000 } = client;
  const send = client.fetch ?? fetch;
  return async (operation, input = {}, options = {}) => {
    const request = buildRequest(client, operation, { ...input }, options);
    const isSafe = operation.method !== 'POST' || operation.idempotent === true;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= maxAttempts;
      const signals = [AbortSignal.timeout(timeoutMs), ...(options.signal ? [options.signal] : [])];
      let waitMs = backoffMs(attempt);
      try {
        const response = await send(request.url, {
          ...request.init,
          signal: AbortSignal.any(signals),
        });
        if (response.ok) return await readAnswer(response, operation.isFile === true);
        const error = await readError(response);
        if (isLast || !isRetried(error)) throw error;
        waitMs = Math.max(waitMs, retryAfterMs(response));
      } catch (error) {
        // A connection that broke may have delivered the request: only safe ones are sent again.
        if (error instanceof BonafideError || isLast || !isSafe || options.signal?.aborted)
          throw error;
      }
      await sleep(waitMs, options.signal);
    }
  };
}

function isRetried({ status, code }: BonafideError): boolean {
  return RETRIED_STATUS.has(status) || code === 'idempotency_in_progress';
}

function buildRequest(
  client: ClientOptions,
  operation: Operation,
  input: Record<string, unknown>,
  options: RequestOptions,
): { url: string; init: RequestInit } {
  const take = (name: string) => {
    const value = input[name];
    delete input[name];
    return value;
  };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(String(take(name))),
  );
  const query = new URLSearchParams();
  for (const name of operation.queryParameters ?? []) {
    const value = take(name);
    if (value !== undefined) query.set(name, String(value));
  }
  const headers: Record<string, string> = { authorization: `Bearer ${client.apiKey}` };
  if (operation.idempotent) {
    headers['idempotency-key'] = options.idempotencyKey ?? crypto.randomUUID();
  }
  const { type, body } = buildBody(operation, input);
  if (type) headers['content-type'] = type;
  const base = client.baseUrl.replace(/\/$/, '');
  return {
    url: `${base}${path}${query.size > 0 ? `?${query}` : ''}`,
    init: { method: operation.method, headers, ...(body !== undefined && { body }) },
  };
}

function buildBody(
  operation: Operation,
  input: Record<string, unknown>,
): { type?: string; body?: NonNullable<RequestInit['body']> } {
  if (operation.body === 'raw') {
    return { type: 'application/octet-stream', body: toBlob(input.body as ImageSource) };
  }
  if (!operation.body) return {};
  const hasFile = operation.images?.some((name) => {
    const image = input[name];
    return image instanceof Blob || image instanceof Uint8Array;
  });
  return hasFile
    ? { body: toForm(input, operation.images ?? []) }
    : { type: 'application/json', body: JSON.stringify(input) };
}

function toForm(input: Record<string, unknown>, images: readonly string[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (images.includes(name)) form.append(name, toBlob(value as ImageSource), name);
    else form.append(name, String(value));
  }
  return form;
}

function toBlob(image: ImageSource): Blob {
  if (image instanceof Blob) return image;
  if (image instanceof Uint8Array) return new Blob([image as Uint8Array<ArrayBuffer>]);
  return new Blob([Uint8Array.from(atob(image.bytes), (char) => char.charCodeAt(0))]);
}

async function readAnswer<Answer>(response: Response, isFile: boolean): Promise<Answer> {
  if (isFile) return (await response.blob()) as Answer;
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

async function readError(response: Response): Promise<BonafideError> {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const problem = (await response.json().catch(() => ({}))) as Partial<ProblemBody>;
  return new BonafideError(response.status, problem, requestId);
}

/** Seconds or a date (RFC 9110 §10.2.3); nothing is waited for longer than two minutes. */
function retryAfterMs(response: Response): number {
  const text = response.headers.get('retry-after') ?? '0';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), 120_000);
}

/** Doubles from a quarter of a second up to four, half of it by chance, so that clients do not come back together. */
function backoffMs(attempt: number): number {
  const full = Math.min(250 * 2 ** (attempt - 1), 4_000);
  return full / 2 + (full / 2) * Math.random();
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** All entries of a list, page after page. */
export async function* listAll<Entry>(
  list: (cursor: string | undefined) => Promise<{ data: Entry[]; next_cursor: string | null }>,
): AsyncGenerator<Entry> {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield* page.data;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
