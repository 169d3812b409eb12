import type { RgbImage } from '../../core/image.ts';

/** Turns a picture clockwise. */
export function turnImage(image: RgbImage, degrees: 0 | 90 | 180 | 270): RgbImage {
  if (degrees === 0) return image;
  const { data: from, width, height } = image;
  const data = new Uint8Array(from.length);
  const isSideways = degrees !== 180;
  // Where the first pixel goes, and how far apart neighbours of a row and of a column come to lie.
  const [first, alongRow, alongColumn] = {
    90: [height - 1, height, -1] as const,
    180: [width * height - 1, -1, -width] as const,
    270: [(width - 1) * height, -height, 1] as const,
  }[degrees];
  let source = 0;
  for (let y = 0; y < height; y++) {
    let target = (first + y * alongColumn) * 3;
    for (let x = 0; x < width; x++, source += 3, target += alongRow * 3) {
      data[target] = from[source] ?? 0;
      data[target + 1] = from[source + 1] ?? 0;
      data[target + 2] = from[source + 2] ?? 0;
    }
  }
  return { data, width: isSideways ? height : width, height: isSideways ? width : height };
}
