import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import type { RgbImage } from '../src/core/image.ts';
import type { TaskPorts } from '../src/core/task.ts';
import { type CaptureHint, captureHints } from '../src/features/documents/index.ts';
import { readDocument } from '../src/features/documents/read-document.task.ts';
import { resolveModels } from '../src/features/models/index.ts';
import { readBarcodes } from '../src/platform/barcodes/zxing.ts';
import { openTaskPorts } from '../test/support/task-ports.ts';
import { drawBackground } from '../tools/document-scenes/draw-background.ts';
import { renderScene, type Scene } from '../tools/document-scenes/render-scene.ts';
import { loadGlyphs } from '../tools/train-mrz/glyph-atlas.ts';
import { between, type Random, seededRandom } from '../tools/train-mrz/random.ts';
import { publishBench } from './support/bench-report.ts';

/**
 * Spoils drawn scenes in one way each and counts the hints that come back. Thresholds were chosen on seeds from
 * 3 000 on; the bench reports seeds from 60 000 on. `npm run bench:hints -- [--scenes N] [--seed N] [--json FILE]`
 */
const { values: options } = parseArgs({
  options: {
    scenes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '60000' },
    json: { type: 'string' },
  },
});

type Spoil = (scene: Scene, random: Random) => Promise<RgbImage> | RgbImage;

const frame = { width: 1280, height: 960 } as const;
const spoils: Readonly<Record<string, Spoil>> = {
  nothing: ({ image }) => image,
  cut_off: cutOff,
  blurred: ({ image }, random) => edit(image, (picture) => picture.blur(between(random, 5, 9))),
  glare: addGlare,
  too_dark: ({ image }, random) => scaled(image, between(random, 0.1, 0.2)),
  too_far: ({ image }) => edit(image, (picture) => picture.resize(480, 360)),
  no_document: (_, random) => drawBackground(random, frame.width, frame.height),
  two_documents: beside,
};

const { models } = await resolveModels();
const ports: TaskPorts = { ...openTaskPorts(models), readBarcodes, readText: async () => [] };
const [glyphs = []] = await loadGlyphs();
const rows: { what: string; value: number; unit: string }[] = [];
for (const [kind, spoil] of Object.entries(spoils)) {
  const counts = new Map<string, number>();
  for (let i = 0; i < Number(options.scenes); i++) {
    const random = seededRandom(Number(options.seed) + i);
    const image = await spoil(await renderScene(random, glyphs), random);
    const { hints } = await readDocument.run(ports, { image, name: 'scene', today: '2026-01-01' });
    for (const hint of hints.length > 0 ? hints : ['nothing'])
      counts.set(hint, (counts.get(hint) ?? 0) + 1);
  }
  const all: readonly (CaptureHint | 'nothing')[] = [
    'nothing',
    ...(Object.keys(captureHints) as CaptureHint[]),
  ];
  for (const hint of all) {
    const value = counts.get(hint) ?? 0;
    if (value > 0) rows.push({ what: `${kind} → ${hint}`, value, unit: 'scenes' });
  }
}
publishBench('document-hints', rows, process.argv);

async function edit(
  { data, width, height }: RgbImage,
  change: (picture: Sharp) => Sharp,
): Promise<RgbImage> {
  const picture = change(sharp(data, { raw: { width, height, channels: 3 } }));
  const made = await picture.raw().toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(made.data),
    width: made.info.width,
    height: made.info.height,
  };
}

/** A side of the frame goes through the document, so that 15 to 35 % of its width or height is lost. */
function cutOff({ image, corners }: Scene, random: Random): Promise<RgbImage> {
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const share = between(random, 0.15, 0.35);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  if (random() < 0.5) {
    const start = Math.round(left + share * (right - left));
    const width = frame.width - start;
    return edit(image, (p) => p.extract({ left: start, top: 0, width, height: frame.height }));
  }
  const height = Math.round(bottom - share * (bottom - top));
  return edit(image, (p) => p.extract({ left: 0, top: 0, width: frame.width, height }));
}

/** A blown-out spot on the document. */
function addGlare({ image, corners }: Scene, random: Random): RgbImage {
  const data = Uint8Array.from(image.data);
  const [a, b, c, d] = corners;
  const [s, t] = [between(random, 0.3, 0.7), between(random, 0.3, 0.7)];
  const x = (1 - s) * ((1 - t) * a.x + t * d.x) + s * ((1 - t) * b.x + t * c.x);
  const y = (1 - s) * ((1 - t) * a.y + t * d.y) + s * ((1 - t) * b.y + t * c.y);
  const radius = between(random, 0.12, 0.2) * Math.hypot(a.x - c.x, a.y - c.y);
  for (let row = 0, i = 0; row < frame.height; row++) {
    for (let column = 0; column < frame.width; column++, i += 3) {
      const shine = 600 * Math.exp((-2 * ((column - x) ** 2 + (row - y) ** 2)) / radius ** 2);
      for (let k = i; k < i + 3; k++) data[k] = Math.min(255, (data[k] as number) + shine);
    }
  }
  return { ...image, data };
}

function scaled({ data, width, height }: RgbImage, factor: number): RgbImage {
  return { data: data.map((value) => value * factor), width, height };
}

async function beside({ image }: Scene, random: Random): Promise<RgbImage> {
  const other = await renderScene(random, glyphs);
  const rowLength = 3 * frame.width;
  const data = new Uint8Array(2 * image.data.length);
  for (let y = 0; y < frame.height; y++) {
    const row = y * rowLength;
    data.set(image.data.subarray(row, row + rowLength), 2 * row);
    data.set(other.image.data.subarray(row, row + rowLength), 2 * row + rowLength);
  }
  return { data, width: 2 * frame.width, height: frame.height };
}
