import type { RgbImage } from '../../core/image.ts';

/** How the colour of a picture changes from place to place, three channels a pixel. */
export interface StepField {
  readonly width: number;
  readonly height: number;
  /** Change across two pixels to the right and down; 0 where it is no ridge. */
  readonly right: Float32Array;
  readonly down: Float32Array;
}

/**
 * Sobel per channel with its sign, where its size is a ridge across its own direction (Canny 1986), limited in
 * length. Print is darker than a border and no better a border for it: limited, its two edges cancel each other
 * wherever they are summed, and the same step all along a side remains. Steps shorter than `least` are noise.
 */
export function measureSteps(image: RgbImage, least: number, limit: number): StepField {
  const { width, height } = image;
  const right = new Float32Array(image.data.length);
  const down = new Float32Array(image.data.length);
  const sizes = sobel(image, right, down);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const size = sizes[i] as number;
      const isInside = x > 0 && y > 0 && x < width - 1 && y < height - 1;
      const isKept = isInside && size > least * least && isRidge(sizes, right, down, i, width);
      const factor = isKept ? Math.min(1, limit / Math.sqrt(size)) : 0;
      if (factor === 1) continue;
      // In place: a ridge is told by sizes, and by the direction of its own pixel.
      for (let c = 3 * i; c < 3 * i + 3; c++) {
        right[c] = (right[c] as number) * factor;
        down[c] = (down[c] as number) * factor;
      }
    }
  }
  return { width, height, right, down };
}

/** Squared sizes of the steps, all channels together. */
function sobel({ data, width, height }: RgbImage, right: Float32Array, down: Float32Array) {
  const sizes = new Float32Array(width * height);
  const row = width * 3;
  const at = (i: number) => data[i] as number;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const o = y * row + x * 3;
      let size = 0;
      for (let i = o; i < o + 3; i++) {
        const falling = at(i + row + 3) - at(i - row - 3);
        const rising = at(i - row + 3) - at(i + row - 3);
        const dx = (falling + rising + 2 * (at(i + 3) - at(i - 3))) / 4;
        const dy = (falling - rising + 2 * (at(i + row) - at(i - row))) / 4;
        right[i] = dx;
        down[i] = dy;
        size += dx * dx + dy * dy;
      }
      sizes[y * width + x] = size;
    }
  }
  return sizes;
}

/** Neither of the two neighbours in the direction of the step is larger. */
function isRidge(
  sizes: Float32Array,
  right: Float32Array,
  down: Float32Array,
  i: number,
  width: number,
): boolean {
  let [xx, yy, xy] = [0, 0, 0];
  for (let c = 3 * i; c < 3 * i + 3; c++) {
    const [dx, dy] = [right[c] as number, down[c] as number];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // tan 22.5°: within that of an axis the neighbours on the axis count, else those on the diagonal.
  const isFlat = yy < 0.17 * xx;
  const isSteep = xx < 0.17 * yy;
  const step = isFlat ? 1 : isSteep ? width : xy > 0 ? width + 1 : width - 1;
  const size = sizes[i] as number;
  return size >= (sizes[i - step] as number) && size > (sizes[i + step] as number);
}
