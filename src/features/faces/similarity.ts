import type { Calibration } from '../models/index.ts';

/** The operating point that the calibrations are made for: at 80 one can say how often it errs. */
export const DEFAULT_SIMILARITY_THRESHOLD = 80;

/**
 * Cosine −1…1 to similarity 0…100, rising with the cosine: straight lines between the measured points of the
 * model's card, flat beyond the outermost. Without a calibration the cosine is only stretched to 0…100 and means
 * nothing: results then carry `EMBEDDING_NOT_CALIBRATED`, and no match is decided on it.
 */
export function toSimilarity(cosine: number, calibration: Calibration | undefined): number {
  const curve = calibration?.cosine_to_similarity ?? [
    [-1, 0],
    [1, 100],
  ];
  let [x0, y0] = curve[0] as readonly [number, number];
  if (cosine <= x0) return y0;
  for (const [x1, y1] of curve) {
    if (cosine <= x1) return x1 === x0 ? y1 : y0 + ((cosine - x0) / (x1 - x0)) * (y1 - y0);
    [x0, y0] = [x1, y1];
  }
  return y0;
}
