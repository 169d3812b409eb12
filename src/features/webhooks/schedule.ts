const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Pause after the first, second, … failed attempt: dense at first for restarts, then over three days. */
export const retryPauses = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  12 * hour,
  20 * hour,
  24 * hour,
] as const;

export const MAX_ATTEMPTS = retryPauses.length + 1;

/** Up to this share of a pause is added by chance, so that a receiver that comes back is not met by all at once. */
const JITTER = 0.1;

/**
 * When to try again, or undefined when the delivery is given up and becomes a dead letter.
 * @param attempts that have failed, at least 1
 * @param chance uniform in [0, 1)
 */
export function nextAttemptAt(attempts: number, failedAt: Date, chance: number): Date | undefined {
  const pause = retryPauses[attempts - 1];
  if (pause === undefined) return undefined;
  return new Date(failedAt.getTime() + Math.round(pause * (1 + JITTER * chance)));
}
