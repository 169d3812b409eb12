import type { RgbImage } from '../../core/image.ts';

/**
 * Morphological closing by a square of 2·radius + 1, per channel (Serra 1982): dark strokes narrower than that vanish
 * in what they are printed on, the borders of larger surfaces stay.
 */
export function closeStrokes(image: RgbImage, radius: number): RgbImage {
  const { width, height } = image;
  const rows = { step: 3, count: width, line: 3 * width, lines: height };
  const columns = { step: 3 * width, count: height, line: 3, lines: width };
  let data = image.data;
  for (const sign of [1, -1] as const)
    for (const walk of [rows, columns]) data = extreme(data, walk, radius, sign);
  return { data, width, height };
}

interface Walk {
  readonly step: number;
  readonly count: number;
  readonly line: number;
  readonly lines: number;
}

/** Largest (sign 1) or smallest (sign −1) value within the radius along each line. */
function extreme(data: Uint8Array, walk: Walk, radius: number, sign: 1 | -1): Uint8Array {
  const { step, count, line, lines } = walk;
  const out = new Uint8Array(data.length);
  for (let j = 0; j < lines; j++) {
    for (let c = 0; c < 3; c++) {
      const start = j * line + c;
      for (let i = 0; i < count; i++) {
        const last = Math.min(count - 1, i + radius);
        let best = data[start + i * step] as number;
        for (let k = Math.max(0, i - radius); k <= last; k++) {
          const value = data[start + k * step] as number;
          if ((value - best) * sign > 0) best = value;
        }
        out[start + i * step] = best;
      }
    }
  }
  return out;
}
