import type { RgbImage } from '../../core/image.ts';
import { powerSpectrum } from '../image/fft.ts';

/** Of the patch around the middle of the face, pixels as the camera gave them: scaling would blur the raster. */
const SIDE = 128;
/** Frequencies in cycles per patch: a beat of 2.2 to 14 pixels. Coarser things are features of faces. */
const LEAST = 9;
const MOST = 58;
/** Along the axes the blocks of video codecs repeat themselves. */
const OFF_AXIS = 3;

/**
 * The beat between the raster of a screen and that of a camera is a wave, and a wave is a peak in the spectrum.
 * How far the highest peak stands over its surroundings (other directions of the same fineness), in decibels:
 * skin, hair and noise give 6 to 13. NaN where the picture is smaller than the patch.
 * `x`, `y`: the middle of the face.
 */
export function rasterPeak(image: RgbImage, x: number, y: number): number {
  if (image.width < SIDE || image.height < SIDE) return Number.NaN;
  const power = powerSpectrum(cutPatch(image, x, y), SIDE);
  const rings: number[][] = Array.from({ length: MOST + 1 }, () => []);
  const bins: { ring: number; value: number }[] = [];
  for (let v = 0; v < MOST; v++) {
    for (let u = -MOST; u < MOST; u++) {
      const ring = Math.round(Math.hypot(u, v));
      if (ring < LEAST || ring > MOST) continue;
      const value = meanAround(power, u, v);
      rings[ring]?.push(value);
      if (Math.abs(u) >= OFF_AXIS && v >= OFF_AXIS) bins.push({ ring, value });
    }
  }
  const usual = rings.map((values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0);
  let highest = 1;
  for (const { ring, value } of bins) {
    highest = Math.max(highest, value / ((usual[ring] as number) + 1e-6));
  }
  return 10 * Math.log10(highest);
}

function cutPatch({ data, width, height }: RgbImage, x: number, y: number): Float32Array {
  const left = Math.round(Math.min(Math.max(0, x - SIDE / 2), width - SIDE));
  const top = Math.round(Math.min(Math.max(0, y - SIDE / 2), height - SIDE));
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const p = ((top + Math.floor(i / SIDE)) * width + left + (i % SIDE)) * 3;
    return (
      0.3 * (data[p] as number) + 0.59 * (data[p + 1] as number) + 0.11 * (data[p + 2] as number)
    );
  });
}

/** Of nine bins: a window makes a peak that wide, and a single bin of noise says little. */
function meanAround(power: Float64Array, u: number, v: number): number {
  let sum = 0;
  for (let dv = -1; dv <= 1; dv++) {
    const row = ((v + dv) & (SIDE - 1)) * SIDE;
    for (let du = -1; du <= 1; du++) sum += power[row + ((u + du) & (SIDE - 1))] as number;
  }
  return sum / 9;
}
