import type { Box } from '../../core/image.ts';
import { toLuma } from '../image/luma.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { resize } from '../image/warp.ts';

/** Side of the square that the picture is brought to. */
const SIDE = 128;
/** Rows at the very edge are left out. */
const MARGIN = 8;
/** Change of luma across two pixels that counts as an edge. */
const LEAST_STEP = 5;
/** Slopes that are tried: a sheet or a screen is held by a hand. */
const SLOPES = Array.from({ length: 17 }, (_, i) => (i - 8) * 0.05);

/**
 * Is there a frame around the face, as the edges of paper and screens make one? For each of the four sides the best
 * straight line from end to end of the picture: the share of its length on which it is brighter on the same side.
 * Answers that of the third best side: rooms have one straight edge or two, frames have four, of which a hand may
 * hide one. 0.4 to 0.55 where there is nothing.
 */
export function frameAround(pyramid: Pyramid, face: Box): number {
  const { width, height } = pyramid.image;
  const luma = toLuma(resize(pyramid, { width: SIDE, height: SIDE })).data;
  const across = gradient((x, y) => luma[y * SIDE + x] as number);
  const down = gradient((x, y) => luma[x * SIDE + y] as number);
  const left = (face.x * SIDE) / width;
  const top = (face.y * SIDE) / height;
  const right = left + (face.width * SIDE) / width;
  const bottom = top + (face.height * SIDE) / height;
  const aside = (right - left) * 0.1;
  const above = (bottom - top) * 0.1;
  const sides = [
    straightest(across, 2, Math.max(3, left - aside)),
    straightest(across, Math.min(SIDE - 3, right + aside), SIDE - 2),
    straightest(down, 2, Math.max(3, top - above)),
    straightest(down, Math.min(SIDE - 3, bottom + above / 2), SIDE - 2),
  ].sort((a, b) => a - b);
  return sides[1] as number;
}

/** Of each row: −1, 0 or 1 where it falls, is even or rises. */
function gradient(at: (x: number, y: number) => number): Int8Array {
  const signs = new Int8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const step = at(x + 1, y) - at(x - 1, y);
      signs[y * SIDE + x] = Math.abs(step) > LEAST_STEP ? Math.sign(step) : 0;
    }
  }
  return signs;
}

/** The best line through the columns `from` to `to` of the middle row. */
function straightest(signs: Int8Array, from: number, to: number): number {
  let best = 0;
  for (const slope of SLOPES) {
    for (let x = Math.ceil(from); x < to; x++) best = Math.max(best, follow(signs, x, slope));
  }
  return best;
}

function follow(signs: Int8Array, x: number, slope: number): number {
  const rows = SIDE - 2 * MARGIN;
  let rising = 0;
  let falling = 0;
  for (let y = MARGIN; y < SIDE - MARGIN; y++) {
    const column = Math.round(x + slope * (y - SIDE / 2));
    if (column < 1 || column >= SIDE - 1) continue;
    const sign = signs[y * SIDE + column] as number;
    if (sign > 0) rising++;
    else if (sign < 0) falling++;
  }
  return Math.max(rising, falling) / rows;
}
