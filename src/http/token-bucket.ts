export interface BucketRate {
  /** Tokens that flow back each second. */
  readonly perSecond: number;
  /** Tokens of a full bucket: so many requests may come at once. */
  readonly burst: number;
}

export interface Grant {
  readonly ok: boolean;
  /** Whole requests left right now. */
  readonly remaining: number;
  /** Seconds until the bucket is full again, rounded up. */
  readonly resetS: number;
  /** Seconds until the next request is granted, rounded up; 0 when this one was. */
  readonly retryAfterS: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * One token bucket for each key, in memory: a copy of the API limits what reaches it, so N copies grant up
 * to N times the rate. `nowMs` must not run backwards (monotonic clock).
 */
export function createTokenBuckets({ perSecond, burst }: BucketRate, maxKeys = 10_000) {
  const buckets = new Map<string, Bucket>();

  return {
    take(key: string, nowMs: number): Grant {
      const bucket = buckets.get(key) ?? { tokens: burst, at: nowMs };
      bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.at) / 1000) * perSecond);
      bucket.at = nowMs;
      const ok = bucket.tokens >= 1;
      if (ok) bucket.tokens -= 1;
      // Moved to the end: the map then holds the keys in the order of their last use.
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > maxKeys) forgetOldest(buckets);
      return {
        ok,
        remaining: Math.floor(bucket.tokens),
        resetS: Math.ceil((burst - bucket.tokens) / perSecond),
        retryAfterS: ok ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)),
      };
    },
  };
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const oldest = buckets.keys().next();
  if (!oldest.done) buckets.delete(oldest.value);
}
