import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import { unexplainedChange } from './skin-change.ts';

const SIDE = 64;
type Pattern = (x: number, y: number) => number;

const chip = (at: Pattern) =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => at(i % SIDE, Math.floor(i / SIDE)));
const face: Pattern = (x, y) => 128 + 50 * Math.sin(x / 4) * Math.cos(y / 5) + 20 * Math.sin(y / 9);

describe('the change that no displacement explains', () => {
  it('is next to nothing where the face trembles, leans, comes closer or is lit otherwise', () => {
    const moved: readonly Pattern[] = [
      (x, y) => face(x + 0.6, y - 0.4),
      (x, y) => face(32 + (x - 32) * 1.015, 32 + (y - 32) * 1.015),
      (x, y) => face(x + (y - 32) * 0.012, y - (x - 32) * 0.012),
      (x, y) => face(x, y) * 0.85 + 25,
    ];
    for (const at of moved) expect(unexplainedChange(chip(face), chip(at))).toBeLessThan(0.001);
  });

  it('is hardly any where only the camera makes noise', () => {
    const rng = seeded(2);
    const noisy = () => chip((x, y) => face(x, y) + (rng() - 0.5) * 8);
    expect(unexplainedChange(noisy(), noisy())).toBeLessThan(0.0012);
  });

  it('is seen where lips or lids move', () => {
    const mouth: Pattern = (x, y) => face(x, y) - (Math.hypot(x - 32, (y - 42) * 2) < 7 ? 40 : 0);
    expect(unexplainedChange(chip(face), chip(mouth))).toBeGreaterThan(0.01);
  });

  it('cannot be told on an even picture', () => {
    const even = chip(() => 90);
    expect(unexplainedChange(even, even)).toBeNaN();
  });
});
