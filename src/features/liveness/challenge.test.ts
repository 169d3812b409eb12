import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createChallenge, flashColours, redeemChallenge, scriptOf } from './challenge.ts';

const random = (count: number) => new Uint8Array(randomBytes(count));
const now = Date.UTC(2026, 0, 1);

describe('a challenge', () => {
  it('has at least three movements after a rest, never one twice in a row, one after the other', () => {
    for (let i = 0; i < 500; i++) {
      const { steps, durationMs } = createChallenge(random, now);
      expect(steps.length).toBeGreaterThanOrEqual(3);
      expect(steps[0]?.startMs).toBeGreaterThanOrEqual(800);
      for (const [n, step] of steps.entries()) {
        expect(step.endMs - step.startMs).toBeGreaterThanOrEqual(1_500);
        expect(step.startMs).toBe(n === 0 ? step.startMs : steps[n - 1]?.endMs);
        expect(step.movement).not.toBe(steps[n - 1]?.movement);
      }
      expect(steps.at(-1)?.endMs).toBeLessThan(durationMs);
    }
  });

  it('never changes the colour of the screen three times a second, and always changes it', () => {
    for (let i = 0; i < 200; i++) {
      const { flashes, durationMs } = createChallenge(random, now);
      expect(flashes[0]?.startMs).toBe(0);
      expect(flashes.at(-1)?.endMs).toBe(durationMs);
      for (const [n, { colour, startMs, endMs }] of flashes.entries()) {
        expect(Object.keys(flashColours)).toContain(colour);
        if (n > 0) expect(startMs).toBe(flashes[n - 1]?.endMs);
        if (n > 0) expect(colour).not.toBe(flashes[n - 1]?.colour);
        if (endMs < durationMs) expect(endMs - startMs).toBeGreaterThanOrEqual(500);
      }
    }
  });

  it('uses every sequence about equally often: 108 of them, and thousands of timings', () => {
    const sequences = new Map<string, number>();
    const timings = new Set<string>();
    const draws = 5_400;
    for (let i = 0; i < draws; i++) {
      const { steps } = createChallenge(random, now);
      const sequence = steps.map(({ movement }) => movement).join(' ');
      sequences.set(sequence, (sequences.get(sequence) ?? 0) + 1);
      timings.add(steps.map(({ startMs }) => startMs).join(' '));
    }
    expect(sequences.size).toBe(108);
    // 50 expected each; a factor of two away happens once in a million tries.
    expect(Math.min(...sequences.values())).toBeGreaterThan(15);
    expect(Math.max(...sequences.values())).toBeLessThan(100);
    expect(timings.size).toBeGreaterThan(draws * 0.99);
  });

  it('depends on nothing but the randomness that is handed in', () => {
    const fixed = (count: number) => new Uint8Array(count).fill(7);
    expect(createChallenge(fixed, now)).toEqual(createChallenge(fixed, now));
    const other = (count: number) => Uint8Array.from({ length: count }, (_, i) => i * 31 + 5);
    expect(createChallenge(other, now).steps).not.toEqual(createChallenge(fixed, now).steps);
    expect(createChallenge.toString()).not.toMatch(/env|Math\.random/);
  });

  it('tells the client what to show and nothing else', () => {
    const challenge = createChallenge(random, now);
    expect(Object.keys(scriptOf(challenge)).sort()).toEqual([
      'durationMs',
      'flashes',
      'id',
      'steps',
    ]);
  });
});

describe('use of a challenge', () => {
  const challenge = createChallenge(random, now);

  it('works once', () => {
    const first = redeemChallenge(challenge, now + 10_000);
    if (!('used' in first)) throw new Error('refused');
    expect(first.used.usedAt).toBe(now + 10_000);
    expect(redeemChallenge(first.used, now + 10_001)).toEqual({ refusal: 'CHALLENGE_USED' });
  });

  it('is refused after two minutes, and before it was issued', () => {
    expect(redeemChallenge(challenge, now + 119_999)).toHaveProperty('used');
    expect(redeemChallenge(challenge, now + 120_000)).toEqual({ refusal: 'CHALLENGE_EXPIRED' });
    expect(redeemChallenge(challenge, now - 1)).toEqual({ refusal: 'CHALLENGE_EXPIRED' });
  });
});
