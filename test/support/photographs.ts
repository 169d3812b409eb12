import { readFileSync } from 'node:fs';
import sharp from 'sharp';

const demo = new URL('../../node_modules/@vladmandic/face-api/demo/', import.meta.url);

/** Photographs that come with an installed package: 1 to 5 show single persons or pairs, 6 a group. */
export function photograph(number: 1 | 2 | 3 | 4 | 5 | 6): Buffer {
  return readFileSync(new URL(`sample${number}.jpg`, demo));
}

/** A crowd of `count` faces: one face, cut out of a photograph, tiled with space around each. */
export async function crowd(face: Buffer, count: number): Promise<Buffer> {
  const side = 160;
  const columns = Math.ceil(Math.sqrt(count));
  const tile = await sharp(face).resize(side, side, { fit: 'cover' }).toBuffer();
  return sharp({
    create: { width: columns * side, height: columns * side, channels: 3, background: '#777' },
  })
    .composite(
      Array.from({ length: count }, (_, i) => ({
        input: tile,
        left: (i % columns) * side,
        top: Math.floor(i / columns) * side,
      })),
    )
    .jpeg({ quality: 90 })
    .toBuffer();
}
