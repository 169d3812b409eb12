import type { RgbImage } from '../../core/image.ts';
import { laplacianVariance, type Mask, moments, toLuma } from '../image/luma.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { alignPoints } from './align-face.ts';
import { meshCentroid } from './face-landmarks.ts';
import { meshPoint } from './mesh-face.ts';
import type { Pose } from './pose.ts';

/** How fit a face is for comparison. Every figure is 0…100; docs/faces.md says how each was measured. */
export interface FaceQuality {
  /** Fine detail at the size that the embedding sees: below 20 blurred or enlarged, above 60 crisp. */
  readonly sharpness: number;
  /** Mean luma of the face: 0 black, 100 white; 25 to 80 is well exposed. */
  readonly brightness: number;
  /** Spread of the luma inside the face: below 20 flat or foggy. */
  readonly contrast: number;
  /** Distance between the eyes: 100 from 64 pixels, 0 at none. */
  readonly size: number;
  /** 0 closed, 100 wide open; the eye that is more closed counts. */
  readonly eyesOpen: number;
  /** 0 closed, 100 wide open. */
  readonly mouthOpen: number;
  /** 100 turned straight to the camera, 0 from about 60 degrees to a side. */
  readonly frontal: number;
  /** 100 nothing hidden; lower when the picture's edge cuts the face, or mouth, nose or eyes look covered. */
  readonly visible: number;
  /** How much to trust a comparison: mostly the worst of sharpness, size, exposure, contrast, frontal, visible. */
  readonly overall: number;
}

/** Side of the upright chip on which light and detail are measured. */
const CHIP = 128;
/** Distance between the eyes, in pixels, from which more adds nothing to an embedding. */
const FULL_EYE_DISTANCE = 64;

/** `points` as of `meshFace`. */
export function assessFace(pyramid: Pyramid, points: Float32Array, pose: Pose): FaceQuality {
  const chip = alignPoints(pyramid, points, 'arcface-112', CHIP, 'edge');
  const luma = toLuma(chip);
  const { mean, deviation } = moments(luma, faceMask);
  const detail = laplacianVariance(luma, faceMask) / Math.max(deviation * deviation, 25);
  const measured = {
    sharpness: onScale(Math.log2(detail), -9, -1.5),
    brightness: (mean / 255) * 100,
    contrast: onScale(deviation, 5, 60),
    size: onScale(eyeDistance(points), 0, FULL_EYE_DISTANCE),
    eyesOpen: eyesOpen(points),
    mouthOpen: mouthOpen(points),
    frontal: onScale(Math.hypot(pose.yaw, pose.pitch), 60, 10),
    visible: 100 * insideShare(points, pyramid.image) * uncovered(chip),
  };
  return roundAll({ ...measured, overall: overall(measured) });
}

function overall(quality: Omit<FaceQuality, 'overall'>): number {
  const exposure = Math.min(
    onScale(quality.brightness, 5, 30),
    onScale(quality.brightness, 98, 80),
  );
  const parts = [
    quality.sharpness,
    quality.size,
    exposure,
    quality.contrast,
    quality.frontal,
    quality.visible,
  ];
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  return 0.7 * Math.min(...parts) + 0.3 * mean;
}

/** An ellipse that holds eyes, nose and mouth of the aligned chip and little of hair and background. */
const faceMask: Mask = (() => {
  const mask = new Uint8Array(CHIP * CHIP);
  for (let y = 0; y < CHIP; y++) {
    for (let x = 0; x < CHIP; x++) {
      const dx = (x + 0.5 - CHIP * 0.5) / (CHIP * 0.36);
      const dy = (y + 0.5 - CHIP * 0.62) / (CHIP * 0.42);
      if (dx * dx + dy * dy <= 1) mask[y * CHIP + x] = 1;
    }
  }
  return mask;
})();

const EYES = {
  left: [33, 160, 158, 133, 153, 144],
  right: [362, 385, 387, 263, 373, 380],
} as const;

function eyeDistance(points: Float32Array): number {
  const a = meshCentroid(points, EYES.left);
  const b = meshCentroid(points, EYES.right);
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Eye aspect ratio (Soukupová and Čech 2016): height over width of the opening. */
function eyesOpen(points: Float32Array): number {
  const ratio = ([a, b, c, d, e, f]: typeof EYES.left | typeof EYES.right) =>
    (distance(points, b, f) + distance(points, c, e)) / (2 * distance(points, a, d) || 1);
  return onScale(Math.min(ratio(EYES.left), ratio(EYES.right)), 0.08, 0.28);
}

/** Gap between the lips over the width of the mouth. */
function mouthOpen(points: Float32Array): number {
  return onScale(distance(points, 13, 14) / (distance(points, 78, 308) || 1), 0.03, 0.6);
}

function distance(points: Float32Array, i: number, j: number): number {
  const a = meshPoint(points, i);
  const b = meshPoint(points, j);
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Share of the mesh that lies inside the picture. */
function insideShare(points: Float32Array, { width, height }: RgbImage): number {
  let inside = 0;
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    if (x >= 0 && y >= 0 && x < width && y < height) inside++;
  }
  return inside / (points.length / 3);
}

type Place = readonly [x: number, y: number];

/** Places of the aligned chip, as fractions: skin that is seldom covered, and the two parts that often are. */
const SKIN: readonly Place[] = [
  [0.36, 0.27],
  [0.5, 0.26],
  [0.64, 0.27],
  [0.5, 0.42],
  [0.3, 0.54],
  [0.7, 0.54],
  [0.5, 0.56],
];
const LOWER_FACE: readonly Place[] = [
  [0.5, 0.735],
  [0.5, 0.95],
  [0.3, 0.78],
  [0.7, 0.78],
];
const EYES_OF_CHIP: readonly Place[] = [
  [0.342, 0.46],
  [0.658, 0.46],
];
const PATCH = 0.05;

/**
 * 1 when mouth and eyes go with the skin around them, towards 0 when the lower face has another colour or
 * brightness (masks, scarves) or the eyes are far darker than eyes are (sunglasses). A hand has the colour of skin
 * and goes unnoticed.
 */
function uncovered(chip: RgbImage): number {
  const skin = medianColour(chip, SKIN);
  const lower = medianColour(chip, LOWER_FACE);
  const eyes = medianColour(chip, EYES_OF_CHIP);
  const apart = Math.hypot(skin.cb - lower.cb, skin.cr - lower.cr);
  const brighter = lower.y / Math.max(1, skin.y);
  const parts = [
    onScale(apart, 35, 18),
    onScale(brighter, 1.9, 1.5),
    onScale(brighter, 0.25, 0.45),
    onScale(eyes.y / Math.max(1, skin.y), 0.12, 0.3),
  ];
  return Math.min(...parts) / 100;
}

interface Colour {
  readonly y: number;
  readonly cb: number;
  readonly cr: number;
}

function medianColour(chip: RgbImage, places: readonly Place[]): Colour {
  const colours = places.map((place) => meanColour(chip, place));
  const middle = (part: keyof Colour) => {
    const sorted = colours.map((colour) => colour[part]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] as number;
  };
  return { y: middle('y'), cb: middle('cb'), cr: middle('cr') };
}

/** Rec. 601 luma and chroma of a small square around a place of the chip. */
function meanColour({ data, width }: RgbImage, [x, y]: Place): Colour {
  let [r, g, b, n] = [0, 0, 0, 0];
  const reach = Math.round(PATCH * width);
  const cx = Math.round(x * width);
  const cy = Math.round(y * width);
  for (let row = Math.max(0, cy - reach); row < Math.min(width, cy + reach); row++) {
    for (let column = cx - reach; column < cx + reach; column++, n++) {
      const i = (row * width + column) * 3;
      r += data[i] as number;
      g += data[i + 1] as number;
      b += data[i + 2] as number;
    }
  }
  return {
    y: (0.299 * r + 0.587 * g + 0.114 * b) / n,
    cb: (-0.169 * r - 0.331 * g + 0.5 * b) / n,
    cr: (0.5 * r - 0.419 * g - 0.081 * b) / n,
  };
}

/** Linear from `zero` (0) to `full` (100), cut off at both ends; `full` may be the smaller one. */
function onScale(value: number, zero: number, full: number): number {
  const share = (value - zero) / (full - zero);
  return Number.isFinite(share) ? 100 * Math.min(1, Math.max(0, share)) : 0;
}

function roundAll(quality: FaceQuality): FaceQuality {
  const rounded = Object.entries(quality).map(([name, value]) => [
    name,
    Math.round(value * 10) / 10,
  ]);
  return Object.fromEntries(rounded) as unknown as FaceQuality;
}
