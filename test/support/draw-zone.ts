import sharp from 'sharp';
import type { RgbImage } from '../../src/core/image.ts';
import { cell, type Glyph, mrzAlphabet } from '../../tools/train-mrz/glyph-atlas.ts';

/** Draws lines of OCR-B on light paper with a border, turned by `angle` degrees. `pitch` in pixels. */
export async function drawZone(
  glyphs: readonly Glyph[],
  lines: readonly string[],
  { pitch, angle }: { pitch: number; angle: number },
): Promise<RgbImage> {
  const length = Math.max(...lines.map((line) => line.length));
  const width = length * cell.width;
  const rowHeight = Math.round(cell.width * 2.2);
  const height = lines.length * rowHeight;
  const ink = new Uint8Array(width * height).fill(232);
  for (const [row, line] of lines.entries()) {
    for (const [column, char] of [...line].entries()) {
      const glyph = glyphs[mrzAlphabet.indexOf(char)];
      if (glyph) stamp(ink, width, glyph, column * cell.width, row * rowHeight + 20);
    }
  }
  const margin = Math.round(pitch * 6);
  const turned = sharp(ink, { raw: { width, height, channels: 1 } })
    .resize(Math.round(length * pitch))
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: '#e8e8e8' })
    .png();
  const { data, info } = await sharp(await turned.toBuffer())
    .toColourspace('srgb')
    .removeAlpha()
    .rotate(angle, { background: '#a09070' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function stamp(ink: Uint8Array, stride: number, glyph: Glyph, left: number, top: number): void {
  for (let y = 0; y < glyph.height; y++) {
    for (let x = 0; x < glyph.width; x++) {
      const covered = glyph.coverage[y * glyph.width + x] ?? 0;
      const i = (top + y) * stride + left + x;
      ink[i] = (ink[i] ?? 0) * (1 - 0.85 * covered);
    }
  }
}
