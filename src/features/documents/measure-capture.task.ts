import type { RgbImage } from '../../core/image.ts';
import { type GrayImage, laplacianVariance, moments, toLuma } from '../../vision/image/luma.ts';
import type { Quad } from '../../vision/image/transform.ts';
import type { LocatedDocument } from '../../vision/tasks/locate-document.ts';
import { type DocumentSize, documentSizes } from '../../vision/tasks/rectify-document.ts';

interface Outline {
  readonly corners: Quad;
  readonly size: DocumentSize;
}

/** What hints are made of, as far as it could be measured; see `CaptureFacts`. */
export function measureCapture(
  outline: Outline | undefined,
  flat: RgbImage | undefined,
  zone: Quad | undefined,
  image: RgbImage,
) {
  const longest = Math.max(image.width, image.height);
  const shown = outline?.corners ?? zone;
  const margins = shown?.flatMap(({ x, y }) => [x, y, image.width - x, image.height - y]);
  const luma = flat && toLuma(flat);
  const { mean, deviation } = luma ? moments(luma) : { mean: undefined, deviation: 0 };
  return {
    ...(margins && { margin: Math.min(...margins) / longest }),
    ...(outline && { pixelsPerMm: pixelsPerMm(outline) }),
    ...(luma && deviation > 0 && { sharpness: laplacianVariance(luma) / deviation ** 2 }),
    ...(mean !== undefined && { brightness: mean }),
    // On a white document nothing tells a reflection from paper.
    ...(luma && mean !== undefined && mean < 200 && { glare: blownOut(luma) }),
  };
}

function blownOut({ data }: GrayImage): number {
  return data.reduce((count, value) => count + (value >= 252 ? 1 : 0), 0) / data.length;
}

function pixelsPerMm({ corners, size }: Outline): number {
  const [a, b] = corners;
  return Math.hypot(a.x - b.x, a.y - b.y) / documentSizes[size].width;
}

/** Outlines as clear and half as large as the first, beside it. */
export function countDocuments(located: readonly LocatedDocument[]): number {
  const [first] = located;
  if (!first) return 0;
  return located.filter(({ support, area }) => support >= 0.9 && area >= 0.5 * first.area).length;
}
