import type { RgbImage } from '../../core/image.ts';

/**
 * Morphological closing by a square of 2·radius + 1, per channel (Serra 1982): dark strokes narrower than that vanish
 * in what they are printed on, the borders of larger surfaces stay.
 */
export function closeStrokes(image: RgbImage, radius: number): RgbImage {
  return extremes(image, radius, [1, -1]);
}

/** The same of light strokes. */
export function openStrokes(image: RgbImage, radius: number): RgbImage {
  return extremes(image, radius, [-1, 1]);
}

function extremes(image: RgbImage, radius: number, signs: readonly (1 | -1)[]): RgbImage {
  const { width, height } = image;
  const row = 3 * width;
  let data = image.data;
  for (const sign of signs) {
    // Rows end where a colour's next neighbour would be of another row; columns are whole rows beside each other.
    const lines = { step: 3, length: row, count: height };
    const columns = { step: row, length: row * height, count: 1 };
    for (const walk of [lines, columns]) data = extreme(data, walk, radius, sign);
  }
  return { data, width, height };
}

interface Walk {
  /** From a value to its neighbour, and values in a run of neighbours. */
  readonly step: number;
  readonly length: number;
  readonly count: number;
}

/**
 * Largest (sign 1) or smallest (sign −1) value within the radius. The extreme of a stretch is that of two shorter
 * ones: stretches double until two of them, overlapping, cover the whole.
 */
function extreme(data: Uint8Array, walk: Walk, radius: number, sign: 1 | -1): Uint8Array {
  const { step, length, count } = walk;
  const pad = radius * step;
  const out = new Uint8Array(data.length);
  // Beyond the picture lies what never is the extreme.
  const run = new Uint8Array(length + 2 * pad);
  for (let j = 0; j < count; j++) {
    run.fill(sign === 1 ? 0 : 255);
    run.set(data.subarray(j * length, (j + 1) * length), pad);
    let covered = 1;
    while (covered < 2 * radius + 1) {
      const shift = Math.min(covered, 2 * radius + 1 - covered);
      spread(run, shift * step, sign);
      covered += shift;
    }
    out.set(run.subarray(0, length), j * length);
  }
  return out;
}

/** Each value becomes the extreme of itself and the one `shift` further on. */
function spread(run: Uint8Array, shift: number, sign: 1 | -1): void {
  const end = run.length - shift;
  if (sign === 1) {
    for (let i = 0; i < end; i++) {
      const other = run[i + shift] as number;
      if (other > (run[i] as number)) run[i] = other;
    }
  } else {
    for (let i = 0; i < end; i++) {
      const other = run[i + shift] as number;
      if (other < (run[i] as number)) run[i] = other;
    }
  }
}
