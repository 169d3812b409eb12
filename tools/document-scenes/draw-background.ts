import sharp from 'sharp';
import type { RgbImage } from '../../src/core/image.ts';
import { between, pick, type Random } from '../train-mrz/random.ts';

/** What cards lie on: plain, wood, cloth, keyboard, papers, clutter. Opaque, `width` × `height`. */
export async function drawBackground(
  random: Random,
  width: number,
  height: number,
): Promise<RgbImage> {
  const draw = pick(random, [plain, wood, cloth, keys, papers, clutter]);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${draw(random, width, height)}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten({ background: '#777' }).raw().toBuffer();
  return { data: new Uint8Array(data), width, height };
}

type Draw = (random: Random, width: number, height: number) => string;

const grey = (random: Random, low: number, high: number) => {
  const base = between(random, low, high);
  const tint = () => Math.round(Math.max(0, Math.min(255, base + between(random, -22, 22))));
  return `rgb(${tint()},${tint()},${tint()})`;
};

const rect = (x: number, y: number, w: number, h: number, fill: string, more = '') =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" fill="${fill}" ${more}/>`;

const plain: Draw = (random, width, height) =>
  `<defs><linearGradient id="p" x2="${random()}" y2="1"><stop stop-color="${grey(random, 30, 200)}"/><stop offset="1" stop-color="${grey(random, 30, 200)}"/></linearGradient></defs>${rect(0, 0, width, height, 'url(#p)')}`;

const wood: Draw = (random, width, height) => {
  const planks: string[] = [];
  const base = between(random, 70, 150);
  const tone = (d: number) =>
    `rgb(${Math.round(base + d + 30)},${Math.round(base * 0.72 + d)},${Math.round(base * 0.45 + d)})`;
  const size = between(random, 60, 220);
  for (let y = 0; y < height; y += size)
    planks.push(rect(0, y, width, size - 2, tone(between(random, -12, 12))));
  for (let i = 0; i < 120; i++) {
    const y = random() * height;
    planks.push(
      `<path d="M0 ${y.toFixed(0)} q${(width / 2).toFixed(0)} ${between(random, -20, 20).toFixed(0)} ${width} ${between(random, -8, 8).toFixed(0)}" stroke="${tone(between(random, -30, 10))}" stroke-width="${between(random, 0.5, 2.5).toFixed(1)}" fill="none" stroke-opacity="0.5"/>`,
    );
  }
  return `<g transform="rotate(${between(random, -90, 90).toFixed(0)} ${width / 2} ${height / 2}) scale(1.6) translate(${-width / 6} ${-height / 6})">${rect(-width, -height, 3 * width, 3 * height, tone(-20))}${planks.join('')}</g>`;
};

const cloth: Draw = (random, width, height) => {
  const a = grey(random, 40, 190);
  const b = grey(random, 40, 190);
  const size = between(random, 8, 60);
  return `<defs><pattern id="c" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(${between(random, 0, 90)})">${rect(0, 0, size, size, a)}${rect(0, 0, size / 2, size / 2, b, 'fill-opacity="0.6"')}${rect(size / 2, size / 2, size / 2, size / 2, b, 'fill-opacity="0.4"')}</pattern></defs>${rect(0, 0, width, height, 'url(#c)')}`;
};

const keys: Draw = (random, width, height) => {
  const dark = random() < 0.6;
  const size = between(random, 50, 110);
  const rows: string[] = [rect(0, 0, width, height, dark ? '#1d1e20' : '#d9d9d6')];
  for (let y = -size; y < height + size; y += size) {
    for (let x = -size + ((y / size) % 2) * 12; x < width + size; x += size) {
      rows.push(
        rect(
          x,
          y,
          size * 0.88,
          size * 0.86,
          grey(random, dark ? 35 : 215, dark ? 50 : 240),
          'rx="7"',
        ),
      );
    }
  }
  return `<g transform="rotate(${between(random, -30, 30).toFixed(0)} ${width / 2} ${height / 2})">${rows.join('')}</g>`;
};

const papers: Draw = (random, width, height) => {
  const sheets = [rect(0, 0, width, height, grey(random, 50, 160))];
  for (let i = 0; i < 3; i++) {
    const w = width * between(random, 0.5, 1.1);
    const lines = Array.from({ length: 36 }, (_, k) =>
      words(random, w * 0.1, w * (0.08 + k * 0.035), w * 0.8),
    );
    sheets.push(
      `<g transform="translate(${(random() * width).toFixed(0)} ${(random() * height).toFixed(0)}) rotate(${between(random, -60, 60).toFixed(0)}) translate(${-w / 2} ${-w * 0.7})">${rect(0, 0, w, w * 1.41, '#f1f0ec')}${lines.join('')}</g>`,
    );
  }
  return sheets.join('');
};

/** One printed line: words as grey bars with gaps. */
function words(random: Random, left: number, y: number, width: number): string {
  const bars: string[] = [];
  const height = width * 0.009;
  for (let x = left; x < left + width * between(random, 0.4, 1); ) {
    const length = width * between(random, 0.02, 0.09);
    bars.push(rect(x, y, length, height, '#555', 'fill-opacity="0.75"'));
    x += length + height;
  }
  return bars.join('');
}

const clutter: Draw = (random, width, height) => {
  const shapes = [rect(0, 0, width, height, grey(random, 60, 170))];
  for (let i = 0; i < 22; i++) {
    const x = random() * width;
    const y = random() * height;
    const s = between(random, 30, 260);
    shapes.push(
      random() < 0.5
        ? `<ellipse cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" rx="${s.toFixed(0)}" ry="${(s * between(random, 0.3, 1)).toFixed(0)}" fill="${grey(random, 20, 235)}"/>`
        : rect(
            x,
            y,
            s,
            s * between(random, 0.05, 1),
            grey(random, 20, 235),
            `transform="rotate(${between(random, 0, 180).toFixed(0)} ${x.toFixed(0)} ${y.toFixed(0)})"`,
          ),
    );
  }
  return shapes.join('');
};
