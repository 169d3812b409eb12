/**
 * What the face task still finds and how it judges damage: small faces in large pictures, and the quality figures of
 * good, blurred, dark, small and covered faces. `npm run bench:face-quality [-- --json FILE]`. Needs ../shared.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import type { Box, RgbImage } from '../src/core/image.ts';
import { type AnalysedFace, analyseFaces } from '../src/features/faces/index.ts';
import { resize } from '../src/vision/image/warp.ts';
import { readPixels } from './faces/engine.ts';
import { openPorts } from './faces/engine-bonafide.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

const lfw = resolve(fileURLToPath(import.meta.url), '../../../shared/data/faces/lfw');
if (!existsSync(lfw)) throw new Error('this bench needs ../shared/data/faces beside the checkout');
const ports = await openPorts();
const rows: BenchRow[] = [];

interface Sample {
  readonly image: RgbImage;
  readonly face: AnalysedFace;
}

const samples = await loadSamples(40);
await measureFinding(samples);
await measureQuality(samples);
publishBench('face-quality', rows, process.argv);

async function mainFace(image: RgbImage): Promise<AnalysedFace | undefined> {
  const input = { image, name: 'picture', first: 'main' } as const;
  return (await analyseFaces.run(ports, input)).faces[0];
}

/** The first picture of every n-th person. */
async function loadSamples(count: number): Promise<Sample[]> {
  const people = readdirSync(lfw).sort();
  const step = Math.floor(people.length / count);
  const loaded: Sample[] = [];
  for (const person of people.filter((_, i) => i % step === 0).slice(0, count)) {
    const [file = ''] = readdirSync(join(lfw, person)).sort();
    const image = await readPixels(join(lfw, person, file));
    const face = await mainFace(image);
    if (face) loaded.push({ image, face });
  }
  return loaded;
}

/** Faces of a given width at random places of a large grey canvas: how many are found? */
async function measureFinding(all: readonly Sample[]): Promise<void> {
  const random = lehmer(7);
  for (const { width, height } of [
    { width: 1280, height: 960 },
    { width: 4000, height: 3000 },
  ]) {
    for (const faceWidth of [30, 36, 48]) {
      const data = new Uint8Array(width * height * 3).fill(118);
      const placed: Box[] = [];
      for (const { image, face } of all) {
        const side = Math.round((image.width * faceWidth) / face.box.width);
        const at = freePlace(random, width - side, height - side, side, placed);
        if (!at) continue;
        placed.push({ ...at, width: side, height: side });
        paste(data, width, resize(image, { width: side, height: side }), at.x, at.y);
      }
      const input = { image: { data, width, height }, name: 'canvas', scope: 'all' } as const;
      const { faces, timings } = await analyseFaces.run(ports, input);
      const found = placed.filter((tile) => faces.some(({ box }) => isInMiddle(box, tile))).length;
      rows.push({
        what: `found_${faceWidth}px_of_${width}x${height}`,
        value: found / placed.length,
        unit: `of ${placed.length}`,
      });
      if (faceWidth === 30) {
        rows.push({ what: `detect_${width}x${height}`, value: timings.detectMs, unit: 'ms' });
      }
    }
  }
}

function freePlace(
  random: () => number,
  maxX: number,
  maxY: number,
  side: number,
  taken: readonly Box[],
): { x: number; y: number } | undefined {
  for (let tries = 0; tries < 200; tries++) {
    const x = Math.floor(random() * maxX);
    const y = Math.floor(random() * maxY);
    const isFree = taken.every((box) => Math.abs(box.x - x) > side || Math.abs(box.y - y) > side);
    if (isFree) return { x, y };
  }
  return undefined;
}

function paste(canvas: Uint8Array, width: number, tile: RgbImage, x: number, y: number): void {
  const stride = tile.width * 3;
  for (let row = 0; row < tile.height; row++) {
    canvas.set(tile.data.subarray(row * stride, (row + 1) * stride), ((y + row) * width + x) * 3);
  }
}

/** The person of an LFW picture is in its middle. */
function isInMiddle(face: Box, tile: Box): boolean {
  const dx = face.x + face.width / 2 - (tile.x + tile.width / 2);
  const dy = face.y + face.height / 2 - (tile.y + tile.height / 2);
  return Math.hypot(dx, dy) < tile.width * 0.25;
}

type Damage = (sample: Sample) => Promise<RgbImage>;

async function measureQuality(all: readonly Sample[]): Promise<void> {
  const damages: Readonly<Record<string, Damage>> = {
    as_taken: async ({ image }) => image,
    blur_1_5_percent: ({ image, face }) => edit(image, (s) => s.blur(face.box.width * 0.015)),
    blur_3_percent: ({ image, face }) => edit(image, (s) => s.blur(face.box.width * 0.03)),
    dark: ({ image }) => edit(image, (s) => s.linear(0.3, 0)),
    overexposed: ({ image }) => edit(image, (s) => s.linear(1, 120)),
    foggy: ({ image }) => edit(image, (s) => s.linear(0.3, 120)),
    width_45_px: ({ image, face }) =>
      edit(image, (s) => s.resize(Math.round((image.width * 45) / face.box.width))),
    blue_mask: async ({ image, face }) => cover(image, maskOf(face), [150, 190, 225]),
    white_mask: async ({ image, face }) => cover(image, maskOf(face), [235, 235, 235]),
    black_mask: async ({ image, face }) => cover(image, maskOf(face), [25, 25, 28]),
    sunglasses: async ({ image, face }) => cover(image, glassesOf(face), [20, 20, 22]),
  };
  for (const [name, damage] of Object.entries(damages)) {
    const faces: AnalysedFace[] = [];
    for (const sample of all) {
      const face = await mainFace(await damage(sample));
      if (face) faces.push(face);
    }
    rows.push({ what: `${name}_found`, value: faces.length / all.length, unit: '' });
    for (const figure of [
      'sharpness',
      'brightness',
      'contrast',
      'size',
      'visible',
      'overall',
    ] as const) {
      const values = faces.map(({ quality }) => quality[figure]).sort((a, b) => a - b);
      rows.push({
        what: `${name}_${figure}`,
        value: values[values.length >> 1] ?? 0,
        unit: 'median',
      });
    }
  }
}

async function edit(
  { data, width, height }: RgbImage,
  change: (image: Sharp) => Sharp,
): Promise<RgbImage> {
  const input = sharp(data, { raw: { width, height, channels: 3 } });
  const { data: out, info } = await change(input).raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(out), width: info.width, height: info.height };
}

function maskOf({ box, landmarks }: AnalysedFace): Box {
  const nose = landmarks.find(({ type }) => type === 'nose')?.y ?? 0;
  const top = nose - box.height * 0.05;
  return { x: box.x, y: top, width: box.width, height: box.y + box.height * 1.02 - top };
}

function glassesOf({ box, landmarks }: AnalysedFace): Box {
  const eye = landmarks.find(({ type }) => type === 'eyeLeft')?.y ?? 0;
  return {
    x: box.x + box.width * 0.05,
    y: eye - box.height * 0.13,
    width: box.width * 0.9,
    height: box.height * 0.26,
  };
}

function cover(image: RgbImage, box: Box, colour: readonly number[]): RgbImage {
  const data = new Uint8Array(image.data);
  const bottom = Math.min(image.height, Math.round(box.y + box.height));
  const right = Math.min(image.width, Math.round(box.x + box.width));
  for (let y = Math.max(0, Math.round(box.y)); y < bottom; y++) {
    for (let x = Math.max(0, Math.round(box.x)); x < right; x++) {
      data.set(colour, (y * image.width + x) * 3);
    }
  }
  return { ...image, data };
}

/** Park and Miller's generator: the same places every time. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
