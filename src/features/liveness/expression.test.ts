import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import { drawTrack } from '../../../test/support/tracks.ts';
import { createChallenge } from './challenge.ts';
import { measureExpression } from './expression.ts';
import type { TrackFrame } from './track.ts';

const rng = seeded(12);
const script = createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);

/** The frames of a head that answers, with these close-ups. */
function filmed(closeUpAt: (i: number) => Uint8Array): TrackFrame[] {
  return drawTrack({ script, fps: 8 }).frames.map(({ face, ...frame }, i) => ({
    ...frame,
    ...(face && { face: { ...face, closeUp: closeUpAt(i) } }),
  }));
}

/** Waves that are shifted and stretched by some pixels, and the noise of a camera. */
function picture(shift: number, stretch: number, turn = 0): Uint8Array {
  return Uint8Array.from({ length: 96 * 64 }, (_, at) => {
    const x = (at % 96) * stretch + shift;
    const y = Math.floor(at / 96) + shift / 2;
    return 120 + 55 * Math.sin(x / (3 - turn) - y / 2.5) + 30 * Math.sin(y / 3 + turn) + rng() * 4;
  });
}

describe('the expression of a face', () => {
  const bent = measureExpression(
    filmed((i) => picture(Math.sin(i) * 1.2, 1 + 0.02 * Math.cos(i * 1.7))),
  );
  const living = measureExpression(filmed((i) => picture(0, 1, i % 25 > 18 ? 0.9 : 0)));

  it('is little where one picture is bent in many ways, and much where eyes look elsewhere', () => {
    expect(bent).toBeLessThan(-3.72);
    expect(living).toBeGreaterThan(-2);
  });

  it('is the same in darker light', () => {
    const dim = measureExpression(
      filmed((i) => picture(Math.sin(i) * 1.2, 1).map((value) => 20 + value * 0.6)),
    );
    expect(dim).toBeLessThan(-3.72);
  });

  it('cannot be told from a few frames, or from meshes that are no face', () => {
    const frames = filmed(() => picture(0, 1));
    expect(measureExpression(frames.slice(0, 4))).toBeNaN();
    const nowhere = frames.map((frame) =>
      frame.face
        ? { ...frame, face: { ...frame.face, places: new Float32Array(936).fill(Number.NaN) } }
        : frame,
    );
    expect(measureExpression(nowhere)).toBeNaN();
  });
});
