import sharp from 'sharp';
import type { Point } from '../../core/image.ts';

export interface OverlayMark {
  readonly corners: readonly Point[];
  /** CSS colour of ours. */
  readonly colour: string;
  /** Letters, digits and hyphens. */
  readonly label: string;
}

/** The picture as PNG with outlines drawn on it, for a person to look at. */
export async function drawOverlay(
  bytes: Uint8Array,
  marks: readonly OverlayMark[],
): Promise<Uint8Array> {
  const upright = await sharp(bytes)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .png()
    .toBuffer();
  const { width, height } = await sharp(upright).metadata();
  const stroke = Math.max(2, Math.round(Math.max(width, height) / 300));
  const shapes = marks.map(({ corners, colour, label }) => {
    const points = corners.map(({ x, y }) => `${x},${y}`).join(' ');
    const [{ x, y } = { x: 0, y: 0 }] = corners;
    const text = label.replaceAll(/[^\w-]/g, '');
    return `<polygon points="${points}" fill="none" stroke="${colour}" stroke-width="${stroke}"/><text x="${x}" y="${y - 2 * stroke}" font-size="${8 * stroke}" fill="${colour}" font-family="DejaVu Sans, sans-serif">${text}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
  return sharp(upright)
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}
