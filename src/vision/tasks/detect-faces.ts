import type { Box, Point } from '../../core/image.ts';
import type { InferenceSession, Tensor } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { type Affine, transformPoint } from '../image/transform.ts';
import { warpAffine } from '../image/warp.ts';
import { overlap, suppress } from './boxes.ts';

/**
 * BlazeFace (Bazarevsky et al. 2019, the 256-pixel "back" model) over views of the image: the whole
 * image in one square, then, for small faces in large images, overlapping tiles at finer scales.
 */

/** Side of the model's input. */
const SIDE = 256;
/**
 * Side of the finest tile in image pixels: a face of 30 pixels, the smallest that is promised, is then 11 pixels
 * wide in the model's input. docs/faces.md shows how many of them are found at this and at other sides.
 */
const TILE = 720;
/** Coarser tiles are this many times as large, until one covers the image. */
const TILE_GROWTH = 3;
const TILE_OVERLAP = 0.2;
/** Beyond this many (a ribbon of a picture; 64 megapixels in a square need 196) a scale is left out. */
const MAX_TILES = 300;
/** Low, because the mesh has the last word: small faces seldom reach one half. */
const MIN_CONFIDENCE = 0.35;
const MAX_IOU = 0.4;

export interface FaceDetection {
  /** From brows to chin, image pixels. */
  readonly box: Box;
  /** 0…1, of the detector alone. */
  readonly confidence: number;
  /** Centres of the eyes, left in the image first. */
  readonly eyes: readonly [Point, Point];
}

/**
 * How hard to look: at the `whole` picture once, `everywhere` (the whole and tiles at every scale), or with `room`
 * around the picture, for a face that fills it.
 */
export type DetectionReach = 'whole' | 'everywhere' | 'room';

/**
 * Sorted by area, largest first. Heads up to about 75 degrees from upright are found; a picture on its side or head
 * must be turned first. Confirm each with `meshFace`: the detector alone also fires on patterns.
 */
export async function detectFaces(
  session: InferenceSession,
  pyramid: Pyramid,
  reach: DetectionReach,
): Promise<FaceDetection[]> {
  const { width, height } = pyramid.image;
  const views = {
    whole: () => [wholeView(width, height)],
    everywhere: () => [wholeView(width, height), ...tileViews(width, height)],
    room: () => [roomyView(width, height)],
  };
  const found: FaceDetection[] = [];
  for (const view of views[reach]()) found.push(...(await detectIn(session, pyramid, view)));
  return bySize(suppressDetections(found));
}

interface View {
  /** From the model's input to the image. */
  readonly toImage: Affine;
  /** Detections that reach beyond this box are cut off here and whole in a neighbour. */
  readonly trusted: Box;
}

function squareView(x: number, y: number, side: number, trusted: Box): View {
  const scale = side / SIDE;
  return { toImage: [scale, 0, x, 0, scale, y], trusted };
}

const everywhere: Box = { x: -1e9, y: -1e9, width: 2e9, height: 2e9 };

function wholeView(width: number, height: number): View {
  const side = Math.max(width, height);
  return squareView((width - side) / 2, (height - side) / 2, side, everywhere);
}

/** Exported for the test that every face-sized square lies whole in some tile. */
export function tileViews(width: number, height: number): View[] {
  const views: View[] = [];
  // A whole-image view that is hardly coarser than a tile has seen what the tiles would see.
  for (let side = TILE; side * 1.25 < Math.max(width, height); side *= TILE_GROWTH) {
    const rows = tileStarts(height, side);
    const columns = tileStarts(width, side);
    if (rows.length * columns.length > MAX_TILES) continue;
    for (const y of rows) {
      for (const x of columns) {
        views.push(squareView(x, y, side, trustedPart(x, y, side, width, height)));
      }
    }
  }
  return views;
}

function tileStarts(length: number, side: number): number[] {
  if (length <= side) return [(length - side) / 2];
  const steps = Math.ceil((length - side) / (side * (1 - TILE_OVERLAP)));
  return Array.from({ length: steps + 1 }, (_, i) => ((length - side) * i) / steps);
}

/** The tile, open towards those sides where the image ends. */
function trustedPart(x: number, y: number, side: number, width: number, height: number): Box {
  const slack = side * 0.02;
  const left = x <= 0 ? -1e9 : x - slack;
  const top = y <= 0 ? -1e9 : y - slack;
  const right = x + side >= width ? 1e9 : x + side + slack;
  const bottom = y + side >= height ? 1e9 : y + side + slack;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** A face that fills the picture needs room around it. */
function roomyView(width: number, height: number): View {
  const side = Math.max(width, height) * 1.6;
  return squareView((width - side) / 2, (height - side) / 2, side, everywhere);
}

async function detectIn(
  session: InferenceSession,
  pyramid: Pyramid,
  { toImage, trusted }: View,
): Promise<FaceDetection[]> {
  const picture = warpAffine(pyramid, toImage, { width: SIDE, height: SIDE });
  const input = { [session.inputNames[0] as string]: toTensor(picture, session.input) };
  const outputs = Object.values(await session.run(input));
  return suppressDetections(decodeBlazeface(outputs))
    .map((face) => toImageCoordinates(face, toImage))
    .filter(({ box }) => isInside(box, trusted));
}

/**
 * Model outputs to detections in input pixels. Two pairs of scores (logits) and of 16 numbers per
 * anchor: centre and six key points relative to the anchor, width and height; all in pixels of 256.
 * Exported for tests.
 */
export function decodeBlazeface(outputs: readonly Tensor[]): FaceDetection[] {
  const faces: FaceDetection[] = [];
  for (const { stride, perCell } of [
    { stride: 16, perCell: 2 },
    { stride: 32, perCell: 6 },
  ]) {
    const cells = SIDE / stride;
    const count = cells * cells * perCell;
    const scores = outputs.find(({ data }) => data.length === count)?.data;
    const boxes = outputs.find(({ data }) => data.length === count * 16)?.data;
    if (!scores || !boxes) throw new RangeError('The face detector answered in an unknown shape');
    for (let i = 0; i < count; i++) {
      const confidence = sigmoid(scores[i] as number);
      if (confidence < MIN_CONFIDENCE) continue;
      const cell = Math.floor(i / perCell);
      const anchorX = ((cell % cells) + 0.5) * stride;
      const anchorY = (Math.floor(cell / cells) + 0.5) * stride;
      faces.push(decodeBox(boxes.subarray(i * 16, i * 16 + 16), anchorX, anchorY, confidence));
    }
  }
  return faces;
}

function decodeBox(
  row: Float32Array,
  anchorX: number,
  anchorY: number,
  confidence: number,
): FaceDetection {
  const at = (i: number) => row[i] as number;
  const point = (i: number): Point => ({ x: at(i) + anchorX, y: at(i + 1) + anchorY });
  const centre = point(0);
  const [width, height] = [at(2), at(3)];
  const box = { x: centre.x - width / 2, y: centre.y - height / 2, width, height };
  return { box, confidence, eyes: [point(4), point(6)] };
}

function toImageCoordinates(face: FaceDetection, toImage: Affine): FaceDetection {
  const { x, y } = transformPoint(toImage, face.box);
  const scale = toImage[0];
  return {
    box: { x, y, width: face.box.width * scale, height: face.box.height * scale },
    confidence: face.confidence,
    eyes: [transformPoint(toImage, face.eyes[0]), transformPoint(toImage, face.eyes[1])],
  };
}

function suppressDetections(faces: readonly FaceDetection[]): FaceDetection[] {
  return suppress(faces, MAX_IOU, ({ confidence }) => confidence);
}

function isInside(box: Box, outer: Box): boolean {
  return overlap(box, outer) >= box.width * box.height * 0.999;
}

function bySize(faces: FaceDetection[]): FaceDetection[] {
  return faces.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
