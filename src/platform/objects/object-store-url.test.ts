import { describe, expect, it } from 'vitest';
import { parseObjectStoreUrl } from './object-store-url.ts';

describe('OBJECT_STORE_URL', () => {
  it.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '', region: 'us-east-1' }],
    ['s3://bucket/', { bucket: 'bucket', prefix: '', region: 'us-east-1' }],
    [
      's3://my.bucket-1/prod/eu/?region=eu-west-1',
      { bucket: 'my.bucket-1', prefix: 'prod/eu/', region: 'eu-west-1' },
    ],
    [
      's3://bucket/p?endpoint=http://127.0.0.1:9000&region=garage',
      { bucket: 'bucket', prefix: 'p/', region: 'garage', endpoint: 'http://127.0.0.1:9000' },
    ],
  ])('%s', (text, expected) => {
    expect(parseObjectStoreUrl(text)).toEqual(expected);
  });

  it.each([
    'bucket/prefix',
    'https://bucket.s3.amazonaws.com',
    's3://',
    's3://UPPER_case',
    's3://b',
    's3://user:password@bucket/prefix',
    's3://bucket:9000/prefix',
    's3://bucket/a//b',
    's3://bucket/a/%2e%2e/b%00',
    's3://bucket/a b',
    's3://bucket/p#fragment',
    's3://bucket/p?endpont=http://127.0.0.1:9000',
    's3://bucket/p?region=a&region=b',
    's3://bucket/p?endpoint=ftp://example.org',
    's3://bucket/p?endpoint=http://example.org/path',
    's3://bucket/p?endpoint=http://user:password@example.org',
    's3://bucket/p?region=eu%20west',
  ])('%s is refused', (text) => {
    expect(() => parseObjectStoreUrl(text)).toThrow(RangeError);
  });
});
