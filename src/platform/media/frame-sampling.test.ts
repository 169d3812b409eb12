import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFrames } from './frame-sampling.ts';
import { turnImage } from './turn-image.ts';

const times = fc
  .array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 300 })
  .map((gaps) =>
    gaps.map(
      (
        (sum) => (gap: number) =>
          (sum += gap)
      )(0),
    ),
  );

describe('chooseFrames', () => {
  it('takes all frames when nothing limits it', () => {
    expect(chooseFrames([0, 40, 80], {})).toEqual([0, 1, 2]);
  });

  it('keeps within both limits, in order, without repeating', () => {
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (at, maxFrames, fps) => {
          const chosen = chooseFrames(at, { maxFrames, fps });
          expect(chosen.length).toBeGreaterThan(0);
          expect(chosen.length).toBeLessThanOrEqual(maxFrames);
          expect(chosen).toEqual([...new Set(chosen)].toSorted((a, b) => a - b));
          const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1_000;
          expect(chosen.length).toBeLessThanOrEqual(Math.ceil(seconds * fps) + 2);
        },
      ),
    );
  });

  it('covers the video from its first frame to its last', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 2, max: 40 }), (at, maxFrames) => {
        const chosen = chooseFrames(at, { maxFrames });
        expect([chosen[0], chosen.at(-1)]).toEqual([0, at.length - 1]);
      }),
    );
  });

  it('halves 30 frames a second to 15 although the clock rounds', () => {
    const at = Array.from({ length: 30 }, (_, i) => Math.round((i * 1_000) / 30));
    expect(chooseFrames(at, { fps: 15 })).toEqual(Array.from({ length: 15 }, (_, i) => 2 * i));
  });
});

describe('turnImage', () => {
  const image = { data: Uint8Array.from({ length: 18 }, (_, i) => i), width: 3, height: 2 };

  it('turns clockwise', () => {
    const turned = turnImage(image, 90);
    expect(turned).toMatchObject({ width: 2, height: 3 });
    // The lower left pixel comes to the upper left.
    expect([...turned.data.subarray(0, 6)]).toEqual([9, 10, 11, 0, 1, 2]);
    expect([...turnImage(image, 180).data.subarray(0, 3)]).toEqual([15, 16, 17]);
  });

  it('comes back after a full turn, however it is divided', () => {
    expect(turnImage(turnImage(image, 90), 270)).toEqual(image);
    expect(turnImage(turnImage(image, 180), 180)).toEqual(image);
    expect(turnImage(turnImage(image, 90), 90)).toEqual(turnImage(image, 180));
  });
});
