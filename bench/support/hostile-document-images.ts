import sharp from 'sharp';
import {
  basePictures,
  craftedImages,
  damagedFiles,
  type HostileFile,
} from '../../test/support/hostile-images.ts';
import { renderScene } from '../../tools/document-scenes/render-scene.ts';
import { loadGlyphs } from '../../tools/train-mrz/glyph-atlas.ts';
import { type Random, seededRandom } from '../../tools/train-mrz/random.ts';

/** Crafted files first, then pictures that decode but are made to keep the finders busy, then endless damage. */
export async function* hostileDocumentImages(seed: number): AsyncGenerator<HostileFile> {
  const pictures = await basePictures();
  yield* await craftedImages(pictures);
  yield* await busyPictures(seed);
  yield* damagedFiles([...(await documentPictures(seed)), ...pictures], seed);
}

/** A drawn card on a table in the formats that people send; TIFF is refused. */
async function documentPictures(seed: number): Promise<HostileFile[]> {
  const [glyphs = []] = await loadGlyphs();
  const { image } = await renderScene(seededRandom(seed), glyphs);
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const small = () => sharp(image.data, { raw }).resize(640, 480);
  const encoded = {
    'document jpeg': small().jpeg(),
    'document progressive jpeg': small().jpeg({ progressive: true }),
    'document png': small().png(),
    'document webp': small().webp(),
    'document tiff': small().tiff(),
  };
  return Promise.all(
    Object.entries(encoded).map(async ([name, picture]) => ({
      name,
      bytes: await picture.toBuffer(),
    })),
  );
}

type Paint = (x: number, y: number, random: Random) => number;

/** Each asks more of one finder than any document does: of marks, lines, patches, or of one side. */
async function busyPictures(seed: number): Promise<HostileFile[]> {
  const random = seededRandom(seed);
  const paints: Record<string, readonly [width: number, height: number, paint: Paint]> = {
    'noise of 12 megapixels': [4000, 3000, () => random() * 255],
    'black and white noise': [3000, 3000, () => (random() < 0.5 ? 0 : 255)],
    'chequers of 4 pixels': [3000, 3000, (x, y) => (((x >> 2) + (y >> 2)) % 2) * 255],
    'chequers of 24 pixels': [
      3000,
      3000,
      (x, y) => ((Math.floor(x / 24) + Math.floor(y / 24)) % 2) * 255,
    ],
    stripes: [3000, 3000, (x) => ((x >> 3) % 2) * 255],
    'dots like a zone without end': [3000, 3000, (x, y) => (x % 18 < 9 && y % 40 < 14 ? 20 : 230)],
    'a ribbon': [12_000, 80, (x) => ((x >> 4) % 2) * 255],
    'a tower': [80, 12_000, (_, y) => ((y >> 4) % 2) * 255],
    'a thread of marks': [20_000, 90, (x, y) => (x % 14 < 8 && y > 40 && y < 56 ? 0 : 255)],
    'all black': [4000, 3000, () => 0],
    'all white': [4000, 3000, () => 255],
    'the smallest': [80, 80, () => random() * 255],
    rings: [2000, 2000, (x, y) => (Math.hypot(x - 1000, y - 1000) % 20 < 10 ? 0 : 255)],
  };
  return Promise.all(
    Object.entries(paints).map(async ([name, [width, height, paint]]) => ({
      name,
      bytes: await draw(width, height, paint, random),
    })),
  );
}

async function draw(width: number, height: number, paint: Paint, random: Random): Promise<Buffer> {
  const grey = Buffer.alloc(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) grey[i] = paint(x, y, random);
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}
