import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBuckets } from './token-bucket.ts';

describe('token buckets', () => {
  it('never grant more than the burst and what flowed back, whatever the order of requests', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, (waits) => {
        const buckets = createTokenBuckets({ perSecond: 10, burst: 5 });
        let now = 0;
        let granted = 0;
        for (const wait of waits) {
          now += wait;
          if (buckets.take('key', now).ok) granted++;
        }
        expect(granted).toBeLessThanOrEqual(5 + now / 100 + 1e-6);
      }),
    );
  });

  it('grant again after the time that they name', () => {
    const buckets = createTokenBuckets({ perSecond: 0.5, burst: 1 });
    expect(buckets.take('a', 0)).toEqual({ ok: true, remaining: 0, resetS: 2, retryAfterS: 0 });
    const refused = buckets.take('a', 0);
    expect(refused).toMatchObject({ ok: false, retryAfterS: 2 });
    expect(buckets.take('a', refused.retryAfterS * 1000).ok).toBe(true);
    expect(buckets.take('b', 0).ok).toBe(true);
  });

  it('forget the key that was used longest ago, not the busy one', () => {
    const buckets = createTokenBuckets({ perSecond: 0.001, burst: 1 }, 2);
    buckets.take('busy', 0);
    buckets.take('idle', 1);
    buckets.take('busy', 2);
    buckets.take('new', 3);
    expect(buckets.take('busy', 4).ok).toBe(false);
    expect(buckets.take('idle', 5).ok).toBe(true);
  });
});
