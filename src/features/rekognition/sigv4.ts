import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * AWS Signature Version 4, verified: "Create a signed AWS API request", AWS IAM User Guide. Header form only;
 * signed URLs are not taken. Pure: time and secret are arguments.
 */

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** A signature older or newer than this is refused, as AWS does. */
export const MAX_SKEW_MS = 5 * 60 * 1000;

export interface SignedRequest {
  readonly method: string;
  /** As on the request line, query included. */
  readonly url: string;
  /** Names in lower case. A header sent twice has its values joined by commas. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Hex SHA-256 of the body as received. */
  readonly bodySha256: string;
}

export interface CredentialScope {
  readonly region: string;
  readonly service: string;
}

export interface Authorization {
  readonly accessKeyId: string;
  /** `20250830/eu-west-1/rekognition/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export type SignatureFault =
  | 'missing'
  | 'incomplete'
  | 'wrong_scope'
  | 'unsigned_header'
  | 'body_mismatch'
  | 'stale'
  | 'mismatch';

/** What the header says, unverified; a fault when it is missing or not of this form. */
export function readAuthorization(
  headers: SignedRequest['headers'],
): Authorization | Extract<SignatureFault, 'missing' | 'incomplete'> {
  const text = headers.authorization;
  if (typeof text !== 'string' || text === '') return 'missing';
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([A-Za-z0-9]{4,128})\/(\d{8}\/[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}\/aws4_request), *SignedHeaders=([a-z0-9;-]{1,2000}), *Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  const [, accessKeyId, scope, signedHeaders, signature] = match ?? [];
  if (!accessKeyId || !scope || !signedHeaders || !signature) return 'incomplete';
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(';'), signature };
}

/** Undefined when the request is the one that was signed with this secret, now and for this service. */
export function findSignatureFault(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
  expected: CredentialScope,
  now: Date,
): SignatureFault | undefined {
  const { signedHeaders, scope, signature } = authorization;
  const amzDate = request.headers['x-amz-date'];
  const signedAt = typeof amzDate === 'string' ? parseAmzDate(amzDate) : undefined;
  if (signedAt === undefined || typeof amzDate !== 'string') return 'incomplete';
  const day = amzDate.slice(0, 8);
  if (scope !== `${day}/${expected.region}/${expected.service}/aws4_request`) return 'wrong_scope';
  if (!coversWhatMatters(request.headers, signedHeaders)) return 'unsigned_header';
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed !== undefined && claimed !== request.bodySha256) return 'body_mismatch';
  const key = deriveKey(secretAccessKey, scope);
  const ours = hmac(key, stringToSign(request, signedHeaders, amzDate, scope));
  if (!timingSafeEqual(ours, Buffer.from(signature, 'hex'))) return 'mismatch';
  // Last: who cannot sign learns nothing about our clock.
  return Math.abs(now.getTime() - signedAt) > MAX_SKEW_MS ? 'stale' : undefined;
}

/** Hex signature of a request; for clients in tests and in our own tools. */
export function sign(
  request: SignedRequest,
  signedHeaders: readonly string[],
  secretAccessKey: string,
  amzDate: string,
  scope: string,
): string {
  const text = stringToSign(request, signedHeaders, amzDate, scope);
  return hmac(deriveKey(secretAccessKey, scope), text).toString('hex');
}

/** Host, time and operation must be under the signature, and every other `x-amz-` header that was sent. */
function coversWhatMatters(
  headers: SignedRequest['headers'],
  signedHeaders: readonly string[],
): boolean {
  const sent = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  return ['host', 'x-amz-date', ...sent].every((name) => signedHeaders.includes(name));
}

function stringToSign(
  request: SignedRequest,
  signedHeaders: readonly string[],
  amzDate: string,
  scope: string,
): string {
  return [ALGORITHM, amzDate, scope, sha256(canonicalRequest(request, signedHeaders))].join('\n');
}

export function canonicalRequest(
  { method, url, headers, bodySha256 }: SignedRequest,
  signedHeaders: readonly string[],
): string {
  const [path = '', query = ''] = splitOnce(url, '?');
  const lines = signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}`);
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...lines,
    '',
    signedHeaders.join(';'),
    bodySha256,
  ].join('\n');
}

/** Every service but S3 encodes the path, which is encoded already, once more. */
function canonicalPath(path: string): string {
  return (path || '/').split('/').map(encode).join('/');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => splitOnce(pair, '='))
    .map(([name = '', value = '']) => [encode(decode(name)), encode(decode(value))] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalValue(value: string | readonly string[] | undefined): string {
  const text = typeof value === 'string' ? value : (value ?? []).join(',');
  return text.trim().replace(/ +/g, ' ');
}

/** `20250830T123600Z` to milliseconds; undefined for anything else. */
function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return Number.isNaN(time) ? undefined : time;
}

function deriveKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** RFC 3986: everything but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** By code unit: what is encoded is ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
