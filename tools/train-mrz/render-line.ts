import sharp from 'sharp';
import { cell, type Glyph, mrzAlphabet } from './glyph-atlas.ts';
import { randomLineText } from './line-text.ts';
import { between, normal, pick, type Random } from './random.ts';

/** Size of the net's strip and the pitch (columns per character) that it expects on average. */
export const strip = { width: 256, height: 24, pitch: 14 } as const;

/** A strip as the recogniser sees it: grey 0…255, and where each character is. */
export interface RenderedLine {
  readonly pixels: Float32Array;
  /** Centre of each visible character in columns of the strip, and its class. */
  readonly characters: readonly { readonly x: number; readonly label: number }[];
  /** Columns per character in this strip. */
  readonly pitch: number;
}

/** How hard the strip is: 0 is a clean scan, 1 the worst that a phone may deliver. */
export type Difficulty = number;

interface Geometry {
  /** Strip columns per character, strip rows per atlas row, rotation and slant. */
  readonly pitch: number;
  readonly rowScale: number;
  readonly glyphWidth: number;
  readonly slope: number;
  readonly slant: number;
  readonly startX: number;
  readonly middleY: number;
  readonly lineGap: number;
}

/** Draws one strip: text in OCR-B, camera, paper and compression varied. Same random sequence, same strip. */
export async function renderLine(
  random: Random,
  fonts: readonly (readonly Glyph[])[],
  difficulty: Difficulty,
): Promise<RenderedLine> {
  const geometry = randomGeometry(random, difficulty);
  const length = Math.ceil(strip.width / geometry.pitch) + 2;
  const texts = [-1, 0, 1].map(() => randomLineText(random, length));
  const hasNeighbours = random() < 0.6;
  const ends = random() < 0.3 ? between(random, 0.3, 0.95) * strip.width : Number.POSITIVE_INFINITY;
  const ink = coverage(
    pick(random, fonts),
    geometry,
    (line, index) => {
      if (line !== 0 && !hasNeighbours) return -1;
      if (geometry.startX + (index + 1) * geometry.pitch > ends) return -1;
      return mrzAlphabet.indexOf(texts[line + 1]?.[index] ?? '');
    },
    between(random, 0.2 + 0.8 * (1 - difficulty), 1),
  );
  const pixels = await photograph(random, ink, difficulty);
  const characters = [...(texts[1] ?? '')].flatMap((char, index) => {
    const x = geometry.startX + (index + 0.5) * geometry.pitch;
    const visible = x > 0 && x < strip.width && x + geometry.pitch / 2 <= ends;
    return visible ? [{ x, label: mrzAlphabet.indexOf(char) }] : [];
  });
  return { pixels, characters, pitch: geometry.pitch };
}

function randomGeometry(random: Random, difficulty: Difficulty): Geometry {
  const spread = 0.4 + 0.6 * difficulty;
  const pitch = strip.pitch * (1 + 0.16 * spread * between(random, -1, 1));
  const height = 13.4 * (1 + 0.18 * spread * between(random, -1, 1));
  return {
    pitch,
    rowScale: height / 66,
    glyphWidth: (strip.pitch / cell.width) * between(random, 0.86, 1.14),
    slope: 0.022 * spread * between(random, -1, 1),
    slant: 0.12 * spread * between(random, -1, 1),
    startX: random() < 0.3 ? between(random, 0, 0.5) * strip.width : -between(random, 0, 1) * pitch,
    middleY: strip.height / 2 + 2.2 * spread * between(random, -1, 1),
    lineGap: pitch * between(random, 1.5, 2.6),
  };
}

/** Ink in the camera's own pixels, larger or smaller than the strip's, plus what is needed to resample it. */
interface Ink {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Camera pixels per strip pixel. */
  readonly scale: number;
}

type GlyphAt = (line: -1 | 0 | 1, index: number) => number;

function coverage(font: readonly Glyph[], g: Geometry, glyphAt: GlyphAt, fineness: number): Ink {
  const scale = Math.max(0.36, fineness * 1.6);
  const width = Math.ceil(strip.width * scale);
  const height = Math.ceil(strip.height * scale);
  const data = new Float32Array(width * height);
  const steps = scale > 0.9 ? 2 : 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let sy = 0; sy < steps; sy++) {
        for (let sx = 0; sx < steps; sx++) {
          const stripX = (x + (sx + 0.5) / steps) / scale;
          const stripY = (y + (sy + 0.5) / steps) / scale;
          sum += inkAt(font, g, glyphAt, stripX, stripY);
        }
      }
      data[y * width + x] = sum / (steps * steps);
    }
  }
  return { data, width, height, scale };
}

function inkAt(
  font: readonly Glyph[],
  g: Geometry,
  glyphAt: GlyphAt,
  x: number,
  y: number,
): number {
  const offset = y - g.middleY - g.slope * (x - strip.width / 2);
  const line = Math.max(-1, Math.min(1, Math.round(offset / g.lineGap))) as -1 | 0 | 1;
  const across = offset - line * g.lineGap;
  const along = (x + g.slant * across - g.startX) / g.pitch;
  const index = Math.floor(along);
  if (index < 0) return 0;
  const glyph = font[glyphAt(line, index)];
  if (!glyph) return 0;
  const column = Math.floor(((along - index - 0.5) * g.pitch) / g.glyphWidth + cell.width / 2);
  const row = Math.floor(across / g.rowScale + cell.baseline - 33);
  if (column < 0 || column >= glyph.width || row < 0 || row >= glyph.height) return 0;
  return glyph.coverage[row * glyph.width + column] ?? 0;
}

/** Paper, light, lens, sensor and JPEG, then the resampling that the recogniser does too. */
async function photograph(random: Random, ink: Ink, difficulty: Difficulty): Promise<Float32Array> {
  const paper = background(random, ink, difficulty);
  const contrast = between(random, 0.9 - 0.6 * difficulty, 1);
  const dark = between(random, 0, 60);
  const wear = difficulty * between(random, 0, 0.5);
  const grey = new Float32Array(ink.data.length);
  for (let i = 0; i < grey.length; i++) {
    const covered = (ink.data[i] ?? 0) * contrast * (1 - wear * random());
    const below = paper[i] ?? 200;
    grey[i] = below + (Math.min(dark, below) - below) * covered;
  }
  const blurred = blur(grey, ink.width, ink.height, between(random, 0, 0.25 + 0.75 * difficulty));
  const noise = difficulty * between(random, 0, 14);
  for (let i = 0; i < blurred.length; i++) blurred[i] = (blurred[i] ?? 0) + noise * normal(random);
  const compressed =
    random() < 0.3 + 0.5 * difficulty
      ? await jpeg(blurred, ink, Math.round(between(random, 95 - 65 * difficulty, 96)))
      : blurred;
  return resample(compressed, ink);
}

/** Uneven light, guilloche waves, printed texture and stray strokes: 0…255. */
function background(random: Random, ink: Ink, difficulty: Difficulty): Float32Array {
  const { width, height, scale } = ink;
  const out = new Float32Array(width * height);
  const base = between(random, 130 + 60 * (1 - difficulty), 250);
  const tilt = [0, 1].map(() => difficulty * between(random, -0.25, 0.25));
  const waves = Array.from({ length: Math.floor(random() * 4 * difficulty + 0.5) }, () => ({
    amplitude: difficulty * between(random, 4, 34),
    fx: (between(random, -0.9, 0.9) / scale) * (random() < 0.5 ? 1 : 0.3),
    fy: (between(random, -1.2, 1.2) / scale) * (random() < 0.5 ? 1 : 0.3),
    bend: between(random, 0, 3),
    slow: between(random, 0.01, 0.08) / scale,
    phase: between(random, 0, 6.28),
    sharp: random() < 0.5,
  }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value =
        base * (1 + (tilt[0] ?? 0) * (x / width - 0.5) + (tilt[1] ?? 0) * (y / height - 0.5));
      for (const w of waves) {
        const s = Math.sin(w.fx * x + w.fy * y + w.bend * Math.sin(w.slow * x) + w.phase);
        value += w.amplitude * (w.sharp ? Math.max(0, s) ** 4 - 0.4 : s * 0.5);
      }
      out[y * width + x] = value;
    }
  }
  if (random() < 0.35 * difficulty) stroke(random, out, ink);
  return out;
}

/** A signature, stamp or frame line that crosses the strip. */
function stroke(random: Random, out: Float32Array, { width, height, scale }: Ink): void {
  const horizontal = random() < 0.4;
  const at = horizontal ? (random() < 0.5 ? 0.06 : 0.94) * height : random() * width;
  const lean = between(random, -1, 1) * (horizontal ? 0.02 : 1);
  const thickness = between(random, 0.4, 1.4) * scale;
  const tone = between(random, 0.35, 0.85);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = horizontal ? y - at - lean * x : x - at - lean * y;
      if (Math.abs(distance) < thickness) out[y * width + x] = (out[y * width + x] ?? 0) * tone;
    }
  }
}

function blur(data: Float32Array, width: number, height: number, sigma: number): Float32Array {
  if (sigma < 0.15) return data;
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const pass = (source: Float32Array, dx: number, dy: number) => {
    const out = new Float32Array(source.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let value = 0;
        for (let k = -radius; k <= radius; k++) {
          const px = Math.max(0, Math.min(width - 1, x + k * dx));
          const py = Math.max(0, Math.min(height - 1, y + k * dy));
          value += (kernel[k + radius] ?? 0) * (source[py * width + px] ?? 0);
        }
        out[y * width + x] = value / sum;
      }
    }
    return out;
  };
  return pass(pass(data, 1, 0), 0, 1);
}

async function jpeg(grey: Float32Array, { width, height }: Ink, quality: number) {
  const bytes = Uint8ClampedArray.from(grey);
  const file = await sharp(bytes, { raw: { width, height, channels: 1 } })
    .jpeg({ quality })
    .toBuffer();
  const { data } = await sharp(file).greyscale().raw().toBuffer({ resolveWithObject: true });
  return Float32Array.from(data);
}

/** Bilinear, or the mean of 2×2 bilinear samples where the camera saw more pixels than the strip has. */
function resample(grey: Float32Array, { width, height, scale }: Ink): Float32Array {
  const out = new Float32Array(strip.width * strip.height);
  const steps = scale > 1.2 ? 2 : 1;
  for (let y = 0; y < strip.height; y++) {
    for (let x = 0; x < strip.width; x++) {
      let sum = 0;
      for (let s = 0; s < steps * steps; s++) {
        const sx = (x + ((s % steps) + 0.5) / steps) * scale - 0.5;
        const sy = (y + (Math.floor(s / steps) + 0.5) / steps) * scale - 0.5;
        sum += bilinear(grey, width, height, sx, sy);
      }
      out[y * strip.width + x] = sum / (steps * steps);
    }
  }
  return out;
}

function bilinear(data: Float32Array, width: number, height: number, x: number, y: number): number {
  const cx = Math.max(0, Math.min(width - 1.001, x));
  const cy = Math.max(0, Math.min(height - 1.001, y));
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const fx = cx - x0;
  const fy = cy - y0;
  const i = y0 * width + x0;
  const top = (data[i] ?? 0) * (1 - fx) + (data[i + 1] ?? 0) * fx;
  const bottom = (data[i + width] ?? 0) * (1 - fx) + (data[i + width + 1] ?? 0) * fx;
  return top * (1 - fy) + bottom * fy;
}
