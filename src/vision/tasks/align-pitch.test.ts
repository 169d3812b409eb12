import { describe, expect, it } from 'vitest';
import { alignPitch, type StripScores } from './align-pitch.ts';

/** A strip with certain characters at `centres`, nothing elsewhere. Two characters and "none" as classes. */
function strip(columns: number, centres: readonly number[]): StripScores {
  const data = new Float32Array(3 * columns);
  for (let c = 0; c < columns; c++) {
    const isCharacter = centres.includes(c);
    data[c] = isCharacter ? -0.01 : -5;
    data[columns + c] = -6;
    data[2 * columns + c] = isCharacter ? -5 : -0.01;
  }
  return { data, classes: 3, columns };
}

describe('characters at a pitch', () => {
  const even = Array.from({ length: 10 }, (_, i) => 13 + 7 * i);

  it('are found where they stand', () => {
    expect(alignPitch(strip(110, even), 10, 7)?.centres).toEqual(even);
  });

  it('are followed when the pitch drifts', () => {
    const drifting = [10, 17, 24, 32, 40, 48, 55, 62, 69, 76];
    expect(alignPitch(strip(110, drifting), 10, 7.2)?.centres).toEqual(drifting);
  });

  it('are as many as fit best', () => {
    const scores = [8, 9, 10, 11, 12].map(
      (count) => alignPitch(strip(110, even), count, 7)?.score ?? -1e9,
    );
    expect(scores.indexOf(Math.max(...scores))).toBe(2);
  });

  it('do not fit a strip that is too short', () => {
    expect(alignPitch(strip(40, [3, 10]), 30, 7)).toBeUndefined();
  });
});
