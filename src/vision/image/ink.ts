import type { GrayImage } from './luma.ts';

/** 1 where the pixel is darker than its surroundings, 0 elsewhere; same size as the picture. */
export type InkMask = Uint8Array;

/**
 * Local threshold: ink is `least` grey values, and a share of the local deviation, below the mean of the
 * (2·radius + 1)² window. After Niblack and Sauvola, with integral images: the cost does not depend on the radius.
 */
export function findInk(image: GrayImage, radius: number, least = 7, share = 0.35): InkMask {
  const { data, width, height } = image;
  const { sums, squares } = integrals(image);
  const stride = width + 1;
  const out = new Uint8Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    const top = Math.max(0, y - radius) * stride;
    const bottom = Math.min(height, y + radius + 1) * stride;
    const rows = (bottom - top) / stride;
    for (let x = 0; x < width; x++, o++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width, x + radius + 1);
      const count = rows * (right - left);
      const mean = boxSum(sums, top, bottom, left, right) / count;
      const variance = boxSum(squares, top, bottom, left, right) / count - mean * mean;
      const drop = Math.max(least, share * Math.sqrt(Math.max(0, variance)));
      if ((data[o] as number) < mean - drop) out[o] = 1;
    }
  }
  return out;
}

function boxSum(table: Int32Array, top: number, bottom: number, left: number, right: number) {
  return (
    ((table[bottom + right] as number) -
      (table[bottom + left] as number) -
      (table[top + right] as number) +
      (table[top + left] as number)) |
    0
  );
}

/** Sums wrap around at 32 bits: differences over a window of up to 180 × 180 pixels are right all the same. */
function integrals({ data, width, height }: GrayImage) {
  const stride = width + 1;
  const sums = new Int32Array(stride * (height + 1));
  const squares = new Int32Array(stride * (height + 1));
  for (let y = 0, i = 0; y < height; y++) {
    let sum = 0;
    let square = 0;
    for (let x = 0, o = (y + 1) * stride + 1; x < width; x++, i++, o++) {
      const value = data[i] as number;
      sum += value;
      square += value * value;
      sums[o] = (sums[o - stride] as number) + sum;
      squares[o] = (squares[o - stride] as number) + square;
    }
  }
  return { sums, squares };
}
