import type { Box, Point, RgbImage } from '../../core/image.ts';
import { toLuma } from '../image/luma.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { type Affine, fitSimilarity } from '../image/transform.ts';
import { resize, warpAffine } from '../image/warp.ts';
import { meshCentroid } from './face-landmarks.ts';

/** Mean of red, green and blue, 0…255. */
export type Colour = readonly [number, number, number];

/** What a frame shows besides where the face is: small enough to keep for every frame of a recording. */
export interface FrameFacts {
  /** Of brow, cheeks and nose. */
  readonly skin: Colour;
  /** Of everything farther from the face than half its size; undefined when there is nothing. */
  readonly background: Colour | undefined;
  /** The whole head with the face brought to one place and size: luma, `CHIP_SIDE` squared; see `chipPlaces`. */
  readonly chip: Uint8Array;
  /** Eyes and nose, brought to one place and size: luma, `closeUpSize`. */
  readonly closeUp: Uint8Array;
  /** Points of the mesh on the close-up, x and y by turns; not finite where they lie in one place. */
  readonly places: Float32Array;
  /** The whole frame, luma, `THUMB_SIDE` squared. */
  readonly thumb: Uint8Array;
}

export const CHIP_SIDE = 64;
/** Where eyes and mouth lie on the chip, as shares of its side. */
export const chipPlaces = { eyes: [0.37, 0.63], eyeLine: 0.44, mouthLine: 0.66 } as const;
export const THUMB_SIDE = 32;
const closeUpSize = { width: 96, height: 64 } as const;
/** Every so many pixels is enough for a mean colour. */
const STEP = 6;

/** `points` as of `meshFace`, `box` around them. */
export function describeFrame(pyramid: Pyramid, points: Float32Array, box: Box): FrameFacts {
  const chip = cutChip(pyramid, points);
  return {
    skin: meanColour(chip, 1, (x, y) => isSkin(x / CHIP_SIDE, y / CHIP_SIDE)) ?? [0, 0, 0],
    background: meanColour(pyramid.image, STEP, (x, y) => isFar(box, x, y)),
    chip: toLuma(chip).data,
    closeUp: toLuma(warpAffine(pyramid, closeUpPlace(points), closeUpSize, 'edge')).data,
    places: placesOnCloseUp(points),
    thumb: thumbnail(pyramid),
  };
}

/** The whole frame, for those without a face too. */
export function thumbnail(pyramid: Pyramid): Uint8Array {
  return toLuma(resize(pyramid, { width: THUMB_SIDE, height: THUMB_SIDE })).data;
}

const EYES = [
  [33, 133],
  [362, 263],
] as const;
const MOUTH = [61, 291] as const;

function cutChip(pyramid: Pyramid, points: Float32Array): RgbImage {
  const [left, right] = chipPlaces.eyes;
  const toImage = placeFace(points, [
    { x: left * CHIP_SIDE, y: chipPlaces.eyeLine * CHIP_SIDE },
    { x: right * CHIP_SIDE, y: chipPlaces.eyeLine * CHIP_SIDE },
    { x: 0.5 * CHIP_SIDE, y: chipPlaces.mouthLine * CHIP_SIDE },
  ]);
  return warpAffine(pyramid, toImage, { width: CHIP_SIDE, height: CHIP_SIDE }, 'edge');
}

/** Pixels of the close-up to pixels of the frame: 46 between the eyes, the mouth lies below it. */
function closeUpPlace(points: Float32Array): Affine {
  return placeFace(points, [
    { x: 25, y: 18 },
    { x: 71, y: 18 },
    { x: 48, y: 57 },
  ]);
}

/** `points` as of `meshFace`. */
export function placesOnCloseUp(points: Float32Array): Float32Array {
  const [a, b, c, d, e, f] = closeUpPlace(points);
  const area = a * e - b * d;
  const places = new Float32Array((points.length / 3) * 2);
  for (let i = 0; i < places.length / 2; i++) {
    const x = (points[i * 3] as number) - c;
    const y = (points[i * 3 + 1] as number) - f;
    places[i * 2] = (e * x - b * y) / area;
    places[i * 2 + 1] = (a * y - d * x) / area;
  }
  return places;
}

/** `places` of left eye, right eye and mouth on the picture to be cut. */
function placeFace(points: Float32Array, places: readonly Point[]): Affine {
  const face = [...EYES, MOUTH].map((pair) => meshCentroid(points, pair));
  return fitSimilarity(places, face);
}

/** Cheeks and the bridge of the nose on the chip, without eyes and nostrils. */
function isSkin(x: number, y: number): boolean {
  const isCheek = y > 0.52 && y < 0.63 && (x < 0.41 || x > 0.59) && x > 0.3 && x < 0.7;
  const isBridge = x > 0.46 && x < 0.54 && y > 0.4 && y < 0.54;
  return isCheek || isBridge;
}

function isFar({ x, y, width, height }: Box, px: number, py: number): boolean {
  const isBeside = px < x - width / 2 || px > x + width * 1.5;
  // Below the chin are neck and shoulders, which move and shine with the person.
  return isBeside ? py < y + height : py < y - height / 2;
}

function meanColour(
  { data, width, height }: RgbImage,
  step: number,
  counts: (x: number, y: number) => boolean,
): Colour | undefined {
  let [r, g, b, n] = [0, 0, 0, 0];
  for (let y = step >> 1; y < height; y += step) {
    for (let x = step >> 1; x < width; x += step) {
      if (!counts(x, y)) continue;
      const i = (y * width + x) * 3;
      r += data[i] as number;
      g += data[i + 1] as number;
      b += data[i + 2] as number;
      n += 1;
    }
  }
  return n === 0 ? undefined : [r / n, g / n, b / n];
}
