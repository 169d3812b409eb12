import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Authorization,
  findSignatureFault,
  readAuthorization,
  type SignedRequest,
  sign,
} from './sigv4.ts';

const EMPTY = createHash('sha256').digest('hex');

describe('SigV4', () => {
  /** From the test suite that AWS publishes with its documentation (aws-sig-v4-test-suite). */
  const suite = {
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    date: '20150830T123600Z',
    scope: '20150830/us-east-1/service/aws4_request',
    headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' },
  };
  const signSuite = (method: string, url: string) =>
    sign(
      { method, url, headers: suite.headers, bodySha256: EMPTY },
      ['host', 'x-amz-date'],
      suite.secret,
      suite.date,
      suite.scope,
    );

  it.each([
    ['GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('gives the published signature of %s %s', (method, url, signature) => {
    expect(signSuite(method, url)).toBe(signature);
  });

  const now = new Date('2026-03-01T12:00:00Z');
  const scope = { region: 'eu-west-1', service: 'rekognition' };
  const secret = 'secret';

  function signed(change: Partial<SignedRequest['headers']> = {}, names?: string[]) {
    const headers: SignedRequest['headers'] = {
      host: 'localhost:8080',
      'x-amz-date': '20260301T120000Z',
      'x-amz-target': 'RekognitionService.CompareFaces',
      'x-amz-content-sha256': EMPTY,
      ...change,
    };
    const request = { method: 'POST', url: '/aws/rekognition', headers, bodySha256: EMPTY };
    const signedHeaders = names ?? Object.keys(headers).sort();
    const credential = '20260301/eu-west-1/rekognition/aws4_request';
    const signature = sign(
      request,
      signedHeaders,
      secret,
      String(headers['x-amz-date']),
      credential,
    );
    const authorization: Authorization = {
      accessKeyId: 'AKIDEXAMPLE',
      scope: credential,
      signedHeaders,
      signature,
    };
    return { request, authorization };
  }
  const check = ({ request, authorization }: ReturnType<typeof signed>, key = secret, at = now) =>
    findSignatureFault(request, authorization, key, scope, at);

  it('accepts what was signed, up to five minutes old or ahead', () => {
    expect(check(signed())).toBeUndefined();
    expect(check(signed(), secret, new Date('2026-03-01T12:05:00Z'))).toBeUndefined();
    expect(check(signed(), secret, new Date('2026-03-01T12:05:01Z'))).toBe('stale');
    expect(check(signed(), secret, new Date('2026-03-01T11:54:59Z'))).toBe('stale');
  });

  it('tells the other faults apart', () => {
    expect(check(signed(), 'another')).toBe('mismatch');
    const tampered = signed();
    expect(
      check({ ...tampered, request: { ...tampered.request, bodySha256: 'f'.repeat(64) } }),
    ).toBe('body_mismatch');
    expect(check(signed({}, ['host', 'x-amz-content-sha256', 'x-amz-date']))).toBe(
      'unsigned_header',
    );
    expect(check(signed({}, ['x-amz-content-sha256', 'x-amz-date', 'x-amz-target']))).toBe(
      'unsigned_header',
    );
    expect(check(signed({ 'x-amz-date': '20260302T120000Z' }))).toBe('wrong_scope');
    expect(check(signed({ 'x-amz-date': 'yesterday' }))).toBe('incomplete');
  });

  it('notices a change of anything that was signed', () => {
    const changes = fc.constantFrom('method', 'url', 'host', 'x-amz-target', 'signature');
    fc.assert(
      fc.property(changes, fc.string({ minLength: 1, maxLength: 20 }), (where, text) => {
        const { request, authorization } = signed();
        const altered = {
          request: {
            ...request,
            ...(where === 'method' && { method: `${request.method}${text}` }),
            ...(where === 'url' && { url: `${request.url}/${text}` }),
            headers: {
              ...request.headers,
              ...((where === 'host' || where === 'x-amz-target') && {
                [where]: `${request.headers[where]}x${text}`,
              }),
            },
          },
          authorization:
            where === 'signature'
              ? { ...authorization, signature: createHash('sha256').update(text).digest('hex') }
              : authorization,
        };
        expect(check(altered)).toBe('mismatch');
      }),
    );
  });

  it.each([
    [undefined, 'missing'],
    ['Bearer key', 'incomplete'],
    [
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-west-1/rekognition/aws4_request',
      'incomplete',
    ],
    [
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-west-1/rekognition/aws4_request, SignedHeaders=host, Signature=${'g'.repeat(64)}`,
      'incomplete',
    ],
  ])('reads %s as %s', (authorization, fault) => {
    expect(readAuthorization({ authorization })).toBe(fault);
  });
});
