import sharp from 'sharp';
import type { RgbImage } from '../../src/core/image.ts';
import { cell, type Glyph, mrzAlphabet } from '../train-mrz/glyph-atlas.ts';
import { between, pick, type Random } from '../train-mrz/random.ts';

/** Millimetres (ISO/IEC 7810). */
export const cardSizes = {
  'ID-1': { width: 85.6, height: 53.98, radius: 3.18 },
  TD2: { width: 105, height: 74, radius: 3 },
  TD3: { width: 125, height: 88, radius: 3 },
} as const;
export type CardSize = keyof typeof cardSizes;

export interface DrawnCard {
  readonly size: CardSize;
  readonly image: RgbImage;
  /** 0…1 per pixel: the rounded corners are not card. */
  readonly alpha: Uint8Array;
}

const pixelsPerMm = 8;
const hues = ['#c9dbe8', '#e6d5c3', '#d7e4cf', '#ead0d6', '#d8d3ea', '#e9e6d2', '#f2f2ee'] as const;
const darkHues = ['#24486c', '#6b2737', '#2e5339', '#3d3654', '#5a4a2f', '#1d3b3a'] as const;
const names = ['ERIKSSON', 'SPECIMEN', 'MUSTER', 'DOE', 'SAMPLE', 'TRAVELER'] as const;

/** A card of no real state: band, portrait box, text, waves, sometimes a machine-readable zone. */
export async function drawCard(
  random: Random,
  size: CardSize,
  glyphs: readonly Glyph[],
): Promise<DrawnCard> {
  const { width: mmWidth, height: mmHeight, radius } = cardSizes[size];
  const width = Math.round(mmWidth * pixelsPerMm);
  const height = Math.round(mmHeight * pixelsPerMm);
  const r = radius * pixelsPerMm;
  const hasZone = size !== 'ID-1' || random() < 0.5;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans">${face(random, width, height, hasZone)}</svg>`;
  const shape = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" rx="${r}" fill="#fff"/></svg>`;
  const face_ = await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).raw().toBuffer();
  const alpha = await sharp(Buffer.from(shape))
    .flatten({ background: '#000' })
    .extractChannel(0)
    .raw()
    .toBuffer();
  const image = { data: new Uint8Array(face_), width, height };
  if (hasZone) printZone(image, random, size, glyphs);
  return { size, image, alpha: new Uint8Array(alpha) };
}

function face(random: Random, width: number, height: number, hasZone: boolean): string {
  const ground = pick(random, hues);
  const other = pick(random, hues);
  const dark = pick(random, darkHues);
  const band = random() < 0.6 ? height * between(random, 0.1, 0.2) : 0;
  const box = { x: width * 0.06, y: height * 0.26, w: width * 0.27, h: height * 0.46 };
  const parts = [
    `<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="${ground}"/><stop offset="1" stop-color="${other}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#g)"/>`,
    waves(random, width, height),
    band > 0 ? `<rect width="${width}" height="${band}" fill="${dark}"/>` : '',
    `<text x="${width * 0.07}" y="${height * 0.12}" font-size="${height * 0.075}" fill="${band > 0 ? '#fff' : dark}" font-weight="bold">UTOPIA</text>`,
    portrait(random, box),
    ...Array.from({ length: 5 }, (_, i) => {
      const y = height * (0.3 + i * 0.09);
      return `<text x="${width * 0.4}" y="${y}" font-size="${height * 0.03}" fill="${dark}">Field / Champ</text><text x="${width * 0.4}" y="${y + height * 0.042}" font-size="${height * 0.045}" fill="#181818">${pick(random, names)} ${Math.floor(random() * 1e6)}</text>`;
    }),
    hasZone && random() < 0.5
      ? `<rect y="${height * 0.75}" width="${width}" height="${height * 0.25}" fill="#f6f6f2"/>`
      : '',
  ];
  return parts.join('');
}

function waves(random: Random, width: number, height: number): string {
  const count = Math.floor(between(random, 8, 28));
  const lines = Array.from({ length: count }, (_, i) => {
    const y = (i * height) / count;
    const points = Array.from(
      { length: 31 },
      (_, k) => `${((k * width) / 30).toFixed(0)},${(y + 12 * Math.sin(k / 2 + i)).toFixed(1)}`,
    );
    return `<polyline points="${points.join(' ')}"/>`;
  });
  return `<g fill="none" stroke="${pick(random, darkHues)}" stroke-opacity="${between(random, 0.1, 0.4)}">${lines.join('')}</g>`;
}

function portrait(
  random: Random,
  { x, y, w, h }: { x: number; y: number; w: number; h: number },
): string {
  const skin = pick(random, ['#e8c4a6', '#c68e63', '#8a5a3b', '#f0d3bd']);
  const hair = pick(random, ['#2b211b', '#5a3b22', '#a67c45', '#777']);
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="#cfd6da"/><ellipse cx="${x + w / 2}" cy="${y + h * 0.36}" rx="${w * 0.3}" ry="${h * 0.3}" fill="${hair}"/><ellipse cx="${x + w / 2}" cy="${y + h * 0.45}" rx="${w * 0.23}" ry="${h * 0.26}" fill="${skin}"/><path d="M${x} ${y + h} q${w / 2} ${-h * 0.5} ${w} 0" fill="#39424e"/>`;
}

function printZone(
  image: RgbImage,
  random: Random,
  size: CardSize,
  glyphs: readonly Glyph[],
): void {
  const [lines, length] = { 'ID-1': [3, 30], TD2: [2, 36], TD3: [2, 44] }[size] as [number, number];
  const pitch = 2.54 * pixelsPerMm;
  const left = (image.width - length * pitch) / 2;
  const top = image.height - (lines * 6.35 + 3.5) * pixelsPerMm;
  for (let line = 0; line < lines; line++) {
    for (let column = 0; column < length; column++) {
      const glyph = glyphs[random() < 0.3 ? 36 : Math.floor(random() * mrzAlphabet.length)];
      if (glyph) stamp(image, glyph, left + column * pitch, top + line * 6.35 * pixelsPerMm, pitch);
    }
  }
}

function stamp(
  { data, width, height }: RgbImage,
  glyph: Glyph,
  left: number,
  top: number,
  pitch: number,
): void {
  const scale = cell.width / pitch;
  for (let y = 0; y < cell.height / scale; y++) {
    for (let x = 0; x < pitch; x++) {
      const covered =
        glyph.coverage[Math.floor(y * scale) * cell.width + Math.floor(x * scale)] ?? 0;
      const px = Math.round(left + x);
      const py = Math.round(top + y);
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const i = (py * width + px) * 3;
      for (let c = 0; c < 3; c++) data[i + c] = (data[i + c] ?? 0) * (1 - 0.85 * covered);
    }
  }
}
