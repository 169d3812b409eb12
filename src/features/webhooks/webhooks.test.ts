import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../sessions/session.ts';
import { eventTypes, isFilter, isWanted } from './event-filter.ts';
import { toExcerpt } from './excerpt.ts';
import { MAX_ATTEMPTS, nextAttemptAt, retryPauses } from './schedule.ts';
import { newSigningSecret, signatureHeaders } from './signing.ts';

describe('signing', () => {
  const message = {
    id: 'evt_1',
    at: new Date(),
    body: '{"type":"session.approved","data":{"ü":1}}',
  };

  it('is accepted by the official library', () => {
    const secret = newSigningSecret();
    const headers = signatureHeaders(message, [secret]);
    expect(new Webhook(secret).verify(message.body, headers)).toEqual(JSON.parse(message.body));
  });

  it('is refused with another secret, body, id or time', () => {
    const secret = newSigningSecret();
    const receiver = new Webhook(secret);
    const headers = signatureHeaders(message, [secret]);
    expect(() => new Webhook(newSigningSecret()).verify(message.body, headers)).toThrow();
    expect(() => receiver.verify(`${message.body} `, headers)).toThrow();
    expect(() => receiver.verify(message.body, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
    const later = String(Number(headers['webhook-timestamp']) + 1);
    expect(() =>
      receiver.verify(message.body, { ...headers, 'webhook-timestamp': later }),
    ).toThrow();
    const old = { ...message, at: new Date(Date.now() - 10 * 60_000) };
    expect(() => receiver.verify(old.body, signatureHeaders(old, [secret]))).toThrow();
  });

  it('is accepted with either secret during a rotation', () => {
    const [older, newer] = [newSigningSecret(), newSigningSecret()];
    const headers = signatureHeaders(message, [newer, older]);
    for (const secret of [older, newer]) new Webhook(secret).verify(message.body, headers);
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  it('agrees with the library for any text', () => {
    const secret = newSigningSecret();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uuid(), (text, id) => {
        const body = JSON.stringify({ text });
        const headers = signatureHeaders({ id, at: new Date(), body }, [secret]);
        expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
      }),
      { numRuns: 50 },
    );
  });
});

describe('the schedule', () => {
  it('ends after three days', () => {
    const total = retryPauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(2.9 * 86_400_000);
    expect(total * 1.1).toBeLessThan(3.5 * 86_400_000);
    expect(nextAttemptAt(MAX_ATTEMPTS, new Date(), 0)).toBeUndefined();
  });

  it('waits longer after each failure, never less than it says and at most a tenth more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, chance) => {
          const waited = (nextAttemptAt(attempts, new Date(0), chance)?.getTime() ?? 0) * 1;
          const pause = retryPauses[attempts - 1] ?? 0;
          expect(waited).toBeGreaterThanOrEqual(pause);
          expect(waited).toBeLessThanOrEqual(pause * 1.1 + 1);
          expect(pause).toBeGreaterThan(retryPauses[attempts - 2] ?? 0);
        },
      ),
    );
  });
});

describe('the event filter', () => {
  it('knows every event that a session publishes, and no other', () => {
    expect(Object.keys(eventTypes).sort()).toEqual([...publishedEvents].sort());
  });

  it('takes types, families and everything', () => {
    expect(['*', 'session.*', 'session.approved'].every(isFilter)).toBe(true);
    const none = [
      '',
      'session',
      'session.',
      'session.aproved',
      'webhook.*',
      '*.approved',
      'toString',
    ];
    expect(none.filter(isFilter)).toEqual([]);
    expect(isWanted(['session.*'], 'session.declined')).toBe(true);
    expect(isWanted(['session.approved'], 'session.declined')).toBe(false);
    expect(isWanted([], 'session.declined')).toBe(false);
  });
});

describe('the excerpt of an answer', () => {
  const excerptOf = (text: string) => toExcerpt(Buffer.from(text));

  it('keeps what helps and nothing about a person', () => {
    expect(excerptOf('<h1>502 Bad Gateway</h1><hr>nginx')).toBe('… Bad Gateway …');
    expect(excerptOf('{"error":"invalid signature","token":"eyJhbGciOi"}')).toBe(
      'error invalid signature token …',
    );
    const echo = excerptOf(
      '{"error":"unknown user","name":"anna maria eriksson","mail":"anna@example.org","born":"1974-08-12","no":"L898902C"}',
    );
    for (const personal of ['anna', 'eriksson', 'example', '1974', 'L898902C']) {
      expect(echo.toLowerCase()).not.toContain(personal.toLowerCase());
    }
  });

  it('is short for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), (bytes) => {
        expect(toExcerpt(bytes).length).toBeLessThanOrEqual(200);
      }),
    );
    expect(excerptOf('error '.repeat(2_000)).length).toBeLessThanOrEqual(200);
  });
});
