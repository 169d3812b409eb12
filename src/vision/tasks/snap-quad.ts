import type { Point } from '../../core/image.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { crossSides, type FoundSide, findSides } from './find-side.ts';

/** Longer side of the picture in which sides are looked for. */
const workSize = 640;
/** How far to each side of it the true side is looked for, as a share of the diagonal. */
const reach = 0.035;
const shiftCost = 0.1;

/** Turns and shifts each side to the most even step of colour beside it: for outlines that are off by some percent. */
export function snapQuad(picture: Pyramid, corners: Quad): Quad {
  const longest = Math.max(picture.image.width, picture.image.height);
  const level = Math.max(0, Math.round(Math.log2(longest / workSize)));
  const image = picture.level(level);
  const shrink = 2 ** -level;
  const rough = corners.map(({ x, y }) => ({ x: x * shrink, y: y * shrink })) as unknown as Quad;
  const diagonal = Math.hypot(rough[0].x - rough[2].x, rough[0].y - rough[2].y);
  const span = Math.max(4, Math.round(reach * diagonal));
  const window = { start: [-span, span], end: [-span, span], stride: 1, shiftCost } as const;
  const sides = rough.map((from, i) =>
    findSides(image, from, rough[(i + 1) % 4] as Point, window, 1),
  );
  return rough.map((corner, i) => {
    const [before, after] = [sides[(i + 3) % 4]?.[0], sides[i]?.[0]] as [FoundSide, FoundSide];
    const crossing = crossSides(before, after) ?? corner;
    return { x: crossing.x / shrink, y: crossing.y / shrink };
  }) as unknown as Quad;
}
