import type { RgbImage } from '../../core/image.ts';

/** Gradient of the channel that changes most; arrays of width × height. */
export interface EdgeMap {
  readonly width: number;
  readonly height: number;
  readonly gx: Float32Array;
  readonly gy: Float32Array;
  /** Length of the gradient where it is a ridge across its own direction, 0 elsewhere (Canny 1986). */
  readonly strength: Float32Array;
}

/** Sobel per channel, the strongest channel kept: a white card on yellow differs in blue alone. */
export function findEdges({ data, width, height }: RgbImage): EdgeMap {
  const gx = new Float32Array(width * height);
  const gy = new Float32Array(width * height);
  const length = new Float32Array(width * height);
  const row = width * 3;
  const at = (i: number) => data[i] as number;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const o = y * width + x;
      for (let c = 0, i = o * 3; c < 3; c++, i++) {
        const a = at(i - row + 3) - at(i - row - 3);
        const b = at(i + row + 3) - at(i + row - 3);
        const dx = a + b + 2 * (at(i + 3) - at(i - 3));
        const dy =
          at(i + row - 3) -
          at(i - row - 3) +
          at(i + row + 3) -
          at(i - row + 3) +
          2 * (at(i + row) - at(i - row));
        const size = Math.hypot(dx, dy) / 8;
        if (size <= (length[o] as number)) continue;
        length[o] = size;
        gx[o] = dx / 8;
        gy[o] = dy / 8;
      }
    }
  }
  return { width, height, gx, gy, strength: thin(gx, gy, length, width, height) };
}

function thin(
  gx: Float32Array,
  gy: Float32Array,
  length: Float32Array,
  width: number,
  height: number,
): Float32Array {
  const out = new Float32Array(length.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const o = y * width + x;
      const size = length[o] as number;
      if (size < 1) continue;
      const dx = Math.round((gx[o] as number) / size);
      const dy = Math.round((gy[o] as number) / size);
      const step = dy * width + dx;
      if (size >= (length[o + step] as number) && size > (length[o - step] as number))
        out[o] = size;
    }
  }
  return out;
}
