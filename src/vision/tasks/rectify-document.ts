import type { Point, RgbImage } from '../../core/image.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { fitPerspective, type Quad } from '../image/transform.ts';
import { warpPerspective } from '../image/warp.ts';

/** Sizes of ISO/IEC 7810 in millimetres: ID-1 card, TD2 card, passport page. */
export const documentSizes = {
  'ID-1': { width: 85.6, height: 53.98 },
  TD2: { width: 105, height: 74 },
  TD3: { width: 125, height: 88 },
} as const;
export type DocumentSize = keyof typeof documentSizes;

/** Width of a flattened document in pixels: 12 to 8 a millimetre. */
const flatWidth = 1024;

/** Longer by shorter side of an outline, tilt evened out by taking opposite sides together. */
export function aspectOf([a, b, c, d]: Quad): number {
  const length = (p: Point, q: Point) => Math.hypot(p.x - q.x, p.y - q.y);
  const across = length(a, b) + length(c, d);
  const down = length(b, c) + length(d, a);
  return Math.max(across, down) / Math.min(across, down);
}

/**
 * Turns an outline so that its first side is the upper long one. `down` points down the page in the picture (from a
 * machine-readable zone or a portrait); without it the upper of the two long sides in the picture is taken.
 */
export function orientOutline(corners: Quad, down: Point = { x: 0, y: 1 }): Quad {
  const turns = [0, 1, 2, 3].map(
    (turn) => [0, 1, 2, 3].map((i) => corners[(i + turn) % 4] as Point) as unknown as Quad,
  );
  const lengthOf = ([a, b, c, d]: Quad) =>
    Math.hypot(a.x - b.x, a.y - b.y) + Math.hypot(c.x - d.x, c.y - d.y);
  const long = [...turns].sort((p, q) => lengthOf(q) - lengthOf(p)).slice(0, 2);
  const agreement = ([a, b, c, d]: Quad) =>
    (c.x + d.x - a.x - b.x) * down.x + (c.y + d.y - a.y - b.y) * down.y;
  const [first, second] = long as [Quad, Quad];
  return agreement(first) >= agreement(second) ? first : second;
}

/** The document seen from straight above, upright, at about 10 pixels a millimetre. */
export function flattenDocument(picture: Pyramid, corners: Quad, size: DocumentSize): RgbImage {
  const { width: w, height: h } = documentSizes[size];
  const width = flatWidth;
  const height = Math.round((flatWidth * h) / w);
  const flat: Quad = [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
  return warpPerspective(picture, fitPerspective(flat, corners), { width, height }, 'edge');
}
