import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** The 37 characters of a machine-readable zone (ICAO Doc 9303 part 3, §4.3), in the order of the net's classes. */
export const mrzAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<';

/** Coverage of ink, 0…1, row by row; the advance width is `width`, the baseline lies at `baseline` rows. */
export interface Glyph {
  readonly coverage: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Cell of one glyph in the atlas. At this size an OCR-B capital is 62 rows high and the advance 66 columns wide. */
export const cell = { width: 66, height: 96, fontSize: 92, baseline: 79 } as const;
/** Strokes as printed by different machines: stroke width added around the outline, in atlas pixels. */
const weights = [
  { family: 'OCR B', stroke: 0 },
  { family: 'OCR B S', stroke: 0 },
  { family: 'OCR B', stroke: 4 },
  { family: 'OCR B S', stroke: 2 },
] as const;

const atlasPath = fileURLToPath(new URL('ocr-b.png', import.meta.url));

/** One list of 37 glyphs per weight. Read from the committed picture, so that training needs no installed font. */
export async function loadGlyphs(path = atlasPath): Promise<readonly (readonly Glyph[])[]> {
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  return weights.map((_, row) =>
    Array.from(mrzAlphabet, (_char, column) => cut(data, info.width, row, column)),
  );
}

function cut(data: Uint8Array, stride: number, row: number, column: number): Glyph {
  const coverage = new Float32Array(cell.width * cell.height);
  for (let y = 0; y < cell.height; y++) {
    const from = (row * cell.height + y) * stride + column * cell.width;
    for (let x = 0; x < cell.width; x++) {
      coverage[y * cell.width + x] = 1 - (data[from + x] ?? 255) / 255;
    }
  }
  return { coverage, width: cell.width, height: cell.height };
}

/** Draws the atlas anew from Debian's `fonts-ocr-b` (public domain outlines by N. Schwarz and M. Skala). */
export async function drawAtlas(path = atlasPath): Promise<void> {
  const width = cell.width * mrzAlphabet.length;
  const height = cell.height * weights.length;
  const texts = weights.flatMap(({ family, stroke }, row) =>
    Array.from(mrzAlphabet, (char, column) => {
      const x = (column + 0.5) * cell.width;
      const y = row * cell.height + cell.baseline;
      const outline = stroke > 0 ? ` stroke="black" stroke-width="${stroke}"` : '';
      const text = char === '<' ? '&lt;' : char;
      return `<text x="${x}" y="${y}" text-anchor="middle" font-family="${family}" font-size="${cell.fontSize}"${outline}>${text}</text>`;
    }),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="white"/>${texts.join('')}</svg>`;
  await sharp(Buffer.from(svg)).greyscale().png({ palette: true, colours: 16 }).toFile(path);
}
