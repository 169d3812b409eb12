import type { Box, RgbImage } from '../../core/image.ts';
import { cropResize, rotateQuarters } from '../image/warp.ts';
import type { Pose } from './pose.ts';

/** Room around the face, in its widths and heights: hair above, neck below, ears. */
const margins = { side: 0.4, above: 0.6, below: 0.4 } as const;
/** Longer side of the crop in pixels at most. */
const largestSide = 800;

/**
 * The face with room around it, upright to the nearest quarter turn. What lies beyond the picture repeats its edge.
 * `turned` is the turn of the picture that the pose refers to.
 */
export function cropPortrait(
  image: RgbImage,
  { box, pose }: { readonly box: Box; readonly pose: Pose },
  turned = 0,
): RgbImage {
  const quarters = (((turned - Math.round(pose.roll / 90)) % 4) + 4) % 4;
  const isOnSide = quarters % 2 === 1;
  const [across, down] = isOnSide ? [box.height, box.width] : [box.width, box.height];
  // Turning clockwise by a quarter brings what lies left to the top.
  const room = [
    { left: margins.side * across, top: margins.above * down },
    { left: margins.above * down, top: margins.side * across },
    { left: margins.side * across, top: margins.below * down },
    { left: margins.below * down, top: margins.side * across },
  ][quarters] as { left: number; top: number };
  const wide = across * (1 + 2 * margins.side);
  const high = down * (1 + margins.above + margins.below);
  const [width, height] = isOnSide ? [high, wide] : [wide, high];
  const scale = Math.min(1, largestSide / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const place = { x: box.x - room.left, y: box.y - room.top, width, height };
  const crop = cropResize(image, place, size, 'edge');
  return quarters === 0 ? crop : rotateQuarters(crop, quarters as 1 | 2 | 3);
}
