import type { Point, RgbImage } from '../../core/image.ts';

/** Bilinear; writes three channels to `out` from index `o`. Beyond the picture lies its nearest pixel. */
export function sampleColour(
  { data, width, height }: RgbImage,
  x: number,
  y: number,
  out: Float64Array,
  o: number,
): void {
  const cx = Math.max(0, Math.min(width - 1.001, x - 0.5));
  const cy = Math.max(0, Math.min(height - 1.001, y - 0.5));
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const fx = cx - x0;
  const fy = cy - y0;
  const i = (y0 * width + x0) * 3;
  const j = i + width * 3;
  for (let c = 0; c < 3; c++) {
    const top = (data[i + c] as number) * (1 - fx) + (data[i + 3 + c] as number) * fx;
    const bottom = (data[j + c] as number) * (1 - fx) + (data[j + 3 + c] as number) * fx;
    out[o + c] = top * (1 - fy) + bottom * fy;
  }
}

/** `count` colours from a point on, each a step further; three channels each. */
export function sampleLine(
  image: RgbImage,
  from: Point,
  step: Point,
  count: number,
  out: Float64Array,
  o = 0,
): void {
  for (let i = 0; i < count; i++)
    sampleColour(image, from.x + i * step.x, from.y + i * step.y, out, o + 3 * i);
}
