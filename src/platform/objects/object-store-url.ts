/** `s3://bucket/prefix?endpoint=…&region=…`, taken apart. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Without it: AWS itself. */
  readonly endpoint?: string;
}

/** Strict, because a typing error would put identity documents into the wrong place. @throws RangeError naming the rule */
export function parseObjectStoreUrl(text: string): S3Location {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 's3:') throw new RangeError('must begin with s3://');
  if (url.username || url.password || url.port || url.hash) {
    throw new RangeError('carries no credentials, port or fragment; credentials come from AWS_…');
  }
  // Bucket naming rules of S3; also the form in which it may stand in a path.
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) {
    throw new RangeError('names no valid bucket');
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  if (
    !/^[A-Za-z0-9!_.*'()/-]*$/.test(prefix) ||
    /(^|\/)\.{0,2}(\/|$)/.test(prefix.replace(/^$/, 'x'))
  ) {
    throw new RangeError('has a prefix with signs that S3 keys should not have');
  }
  const endpoint = readOnce(url, 'endpoint');
  for (const name of url.searchParams.keys()) {
    if (name !== 'endpoint' && name !== 'region') throw new RangeError(`knows no ?${name}=`);
  }
  const region = readOnce(url, 'region') ?? 'us-east-1';
  if (!/^[a-z0-9-]{1,64}$/i.test(region)) throw new RangeError('has a region that is none');
  return {
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region,
    ...(endpoint !== undefined && { endpoint: parseEndpoint(endpoint) }),
  };
}

function readOnce(url: URL, name: string): string | undefined {
  const values = url.searchParams.getAll(name);
  if (values.length > 1) throw new RangeError(`has more than one ${name}`);
  return values[0];
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!url || !isHttp || url.username || url.password || url.search || url.hash) {
    throw new RangeError('has an endpoint that is no http(s) address');
  }
  if (url.pathname !== '/') throw new RangeError('has an endpoint with a path');
  return url.origin;
}
