import { describe, expect, it } from 'vitest';
import { powerSpectrum } from './fft.ts';

const SIDE = 64;

describe('the power spectrum', () => {
  it('of a wave stands at its frequency, and at the opposite one', () => {
    const wave = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      return Math.cos((2 * Math.PI * (9 * x + 5 * y)) / SIDE);
    });
    const power = powerSpectrum(wave, SIDE);
    const strongest = [...power.keys()].sort((a, b) => (power[b] ?? 0) - (power[a] ?? 0));
    expect(strongest.slice(0, 2).sort((a, b) => a - b)).toEqual([
      5 * SIDE + 9,
      (SIDE - 5) * SIDE + SIDE - 9,
    ]);
    // Two off the peak, a Hann window has let nothing through.
    expect((power[5 * SIDE + 12] ?? 1) / (power[5 * SIDE + 9] ?? 0)).toBeLessThan(1e-10);
  });

  it('of an even picture is nothing', () => {
    expect(Math.max(...powerSpectrum(new Float32Array(SIDE * SIDE).fill(80), SIDE))).toBe(0);
  });
});
