import sharp from 'sharp';
import type { Point, RgbImage } from '../../src/core/image.ts';
import { fitPerspective, type Quad } from '../../src/vision/image/transform.ts';
import type { Glyph } from '../train-mrz/glyph-atlas.ts';
import { between, normal, pick, type Random } from '../train-mrz/random.ts';
import { drawBackground } from './draw-background.ts';
import { type CardSize, type DrawnCard, drawCard } from './draw-card.ts';

export interface Scene {
  readonly image: RgbImage;
  /** Corners of the card, clockwise from its own top left; the rounding is ignored. */
  readonly corners: Quad;
  readonly size: CardSize;
}

const frame = { width: 1280, height: 960 } as const;

/** A card photographed from above: any rotation, tilt up to about 30°, varied ground, light and camera. */
export async function renderScene(random: Random, glyphs: readonly Glyph[]): Promise<Scene> {
  const size = pick(random, ['ID-1', 'ID-1', 'TD2', 'TD3'] as const);
  const card = await drawCard(random, size, glyphs);
  const background = await drawBackground(random, frame.width, frame.height);
  const corners = placeCard(random, card);
  composite(random, background, card, corners);
  return { image: await photograph(random, background), corners, size };
}

/** Projects the card through a pinhole until all of it is in the frame. */
function placeCard(random: Random, { image }: DrawnCard): Quad {
  for (;;) {
    const turn = between(random, 0, 2 * Math.PI);
    const tilt = between(random, 0, 0.52);
    const axis = between(random, 0, 2 * Math.PI);
    const reach = between(random, 0.38, 0.9) * frame.height;
    const scale = reach / Math.hypot(image.width, image.height);
    const centre = {
      x: frame.width * between(random, 0.3, 0.7),
      y: frame.height * between(random, 0.3, 0.7),
    };
    const distance = 1.9 * reach;
    const project = (x: number, y: number): Point => {
      const u = scale * (x * Math.cos(turn) - y * Math.sin(turn));
      const v = scale * (x * Math.sin(turn) + y * Math.cos(turn));
      const along = u * Math.cos(axis) + v * Math.sin(axis);
      const across = -u * Math.sin(axis) + v * Math.cos(axis);
      const zoom = distance / (distance + along * Math.sin(tilt));
      const a = along * Math.cos(tilt) * zoom;
      const b = across * zoom;
      return {
        x: centre.x + a * Math.cos(axis) - b * Math.sin(axis),
        y: centre.y + a * Math.sin(axis) + b * Math.cos(axis),
      };
    };
    const [w, h] = [image.width / 2, image.height / 2];
    const quad: Quad = [project(-w, -h), project(w, -h), project(w, h), project(-w, h)];
    const isInside = quad.every(
      ({ x, y }) => x > 8 && y > 8 && x < frame.width - 8 && y < frame.height - 8,
    );
    if (isInside) return quad;
  }
}

/** Lays the card, its shadow under it, over the ground; 2 × 2 samples per pixel. */
function composite(random: Random, ground: RgbImage, card: DrawnCard, corners: Quad): void {
  const { width, height } = card.image;
  const flat: Quad = [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
  const h = fitPerspective(corners, flat);
  const shadow = {
    x: between(random, -9, 9),
    y: between(random, -9, 9),
    depth: between(random, 0, 0.4),
  };
  const at = (x: number, y: number) => {
    const w = h[6] * x + h[7] * y + h[8];
    return { u: (h[0] * x + h[1] * y + h[2]) / w, v: (h[3] * x + h[4] * y + h[5]) / w };
  };
  const coverage = (u: number, v: number) =>
    u >= 0 && v >= 0 && u < width && v < height
      ? (card.alpha[Math.floor(v) * width + Math.floor(u)] ?? 0) / 255
      : 0;
  for (let y = 0, i = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++, i += 3) {
      const dark = at(x + 0.5 + shadow.x, y + 0.5 + shadow.y);
      const shade = 1 - shadow.depth * coverage(dark.u, dark.v);
      const sum = [0, 0, 0];
      for (let s = 0; s < 4; s++) {
        const { u, v } = at(x + 0.25 + 0.5 * (s & 1), y + 0.25 + 0.5 * (s >> 1));
        const covered = coverage(u, v);
        const j = covered > 0 ? (Math.floor(v) * width + Math.floor(u)) * 3 : 0;
        for (let c = 0; c < 3; c++) {
          const below = (ground.data[i + c] ?? 0) * shade;
          sum[c] = (sum[c] ?? 0) + below + ((card.image.data[j + c] ?? 0) - below) * covered;
        }
      }
      for (let c = 0; c < 3; c++) ground.data[i + c] = (sum[c] ?? 0) / 4;
    }
  }
}

/** Uneven light, a reflection, lens blur, noise, JPEG. */
async function photograph(random: Random, image: RgbImage): Promise<RgbImage> {
  const gain = between(random, 0.55, 1.1);
  const tilt = { x: between(random, -0.35, 0.35), y: between(random, -0.35, 0.35) };
  const glare = {
    x: random() * frame.width,
    y: random() * frame.height,
    size: between(random, 40, 160),
    power: random() < 0.3 ? between(random, 60, 200) : 0,
  };
  const noise = between(random, 0, 6);
  const data = new Uint8ClampedArray(image.data.length);
  for (let y = 0, i = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++) {
      const light =
        gain * (1 + tilt.x * (x / frame.width - 0.5) + tilt.y * (y / frame.height - 0.5));
      const distance = ((x - glare.x) ** 2 + (y - glare.y) ** 2) / glare.size ** 2;
      const shine = distance < 9 ? glare.power * Math.exp(-distance) : 0;
      const grain = noise > 0 ? noise * normal(random) : 0;
      for (let c = 0; c < 3; c++, i++) data[i] = (image.data[i] ?? 0) * light + shine + grain;
    }
  }
  const raw = { raw: { width: frame.width, height: frame.height, channels: 3 as const } };
  const sigma = between(random, 0.3, 1.6);
  const jpeg = await sharp(data, raw)
    .blur(sigma)
    .jpeg({ quality: Math.round(between(random, 55, 95)) })
    .toBuffer();
  const pixels = await sharp(jpeg).raw().toBuffer();
  return { data: new Uint8Array(pixels), ...frame };
}
