import type { RgbImage } from '../../core/image.ts';
import { type GrayImage, laplacianVariance, moments, toLuma } from '../../vision/image/luma.ts';
import { createPyramid } from '../../vision/image/pyramid.ts';
import type { Quad } from '../../vision/image/transform.ts';
import { resize } from '../../vision/image/warp.ts';
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
  const isScan = shown?.every(
    ({ x, y }) => x * (image.width - x) === 0 && y * (image.height - y) === 0,
  );
  const margins = shown?.flatMap(({ x, y }) => [x, y, image.width - x, image.height - y]);
  const luma = flat && toLuma(flat);
  const mean = luma && moments(luma).mean;
  return {
    // A scan ends where its document ends, and nothing is lost.
    ...(margins && !isScan && { margin: Math.min(...margins) / longest }),
    ...(outline && { pixelsPerMm: pixelsPerMm(outline) }),
    ...(flat && outline && { sharpness: sharpnessOf(flat, outline) }),
    ...(mean !== undefined && { brightness: mean }),
    // On a white document nothing tells a reflection from paper.
    ...(luma && mean !== undefined && mean < 200 && { glare: blownOut(luma) }),
  };
}

/** Share of the picture's own resolution at which sharpness is measured: enlarged, everything is soft. */
const sharpnessScale = 0.75;

/** Variance of the Laplacian over the variance: 0.03 and more where a capture is sharp, under 0.01 where it is not. */
function sharpnessOf(flat: RgbImage, outline: Outline): number {
  const wide = documentSizes[outline.size].width * pixelsPerMm(outline) * sharpnessScale;
  const width = Math.max(32, Math.min(flat.width, Math.round(wide)));
  const height = Math.round((width * flat.height) / flat.width);
  const luma = toLuma(resize(createPyramid(flat), { width, height }));
  const { deviation } = moments(luma);
  return deviation > 0 ? laplacianVariance(luma) / deviation ** 2 : 0;
}

function blownOut({ data }: GrayImage): number {
  return data.reduce((count, value) => count + (value >= 252 ? 1 : 0), 0) / data.length;
}

function pixelsPerMm({ corners, size }: Outline): number {
  const [a, b] = corners;
  return Math.hypot(a.x - b.x, a.y - b.y) / documentSizes[size].width;
}

/** Score of an outline that is no chance beside another, what a document shows of print, and shares of the largest's area. */
const leastScore = 7.5;
const leastPrint = 0.2;
const leastArea = 0.2;

/** Printed outlines of some size beside each other: a blank card or sheet is no second document. */
export function countDocuments(located: readonly LocatedDocument[]): number {
  const documents = located.filter(
    ({ score, print = 0 }) => score >= leastScore && print >= leastPrint,
  );
  const largest = Math.max(...documents.map(({ area }) => area));
  return documents.filter(({ area }) => area >= leastArea * largest).length;
}
