import type { Box, Point } from '../../core/image.ts';
import type { InferenceSession, Tensor } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { type Affine, transformPoint } from '../image/transform.ts';
import { type Size, warpAffine } from '../image/warp.ts';
import { overlap, suppress } from './boxes.ts';

/**
 * BlazeFace (Bazarevsky et al. 2019, the 256-pixel "back" model) over views of the image: the whole image, then,
 * for small faces in large images, the image at finer scales. The net is convolutional, so that a view may have any
 * size: one large view costs a third less than the overlapping squares that cover it.
 */

/** Longer side of the whole picture in the model's input, which it was trained on. */
const SIDE = 256;
/** Every side of an input is a multiple of this: the coarsest cells of the net are so large. */
const CELL = 32;
/**
 * Image pixels per pixel of the model's input where small faces are looked for: a face of 30 pixels, the smallest
 * that is promised, is then 11 pixels wide. docs/faces.md shows how many of them are found at this and other scales.
 */
const FINE = 2.6;
/** Coarser scales are this many times as coarse, until one shows no more than the whole picture. */
const GROWTH = 3;
/** Most pixels of a side of an input: larger pictures are looked at in parts, for the memory of the net. */
const LARGEST = 512;
/** Of the parts, in pixels of the input: what is larger lies whole in a part of the next scale. */
const OVERLAP = 52;

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
 * How hard to look: at the `whole` picture once, `everywhere` (the whole and every finer scale), or with `room`
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
    everywhere: () => [wholeView(width, height), ...fineViews(width, height)],
    room: () => [roomyView(width, height)],
  };
  const found: FaceDetection[] = [];
  for (const view of views[reach]()) found.push(...(await detectIn(session, pyramid, view)));
  return bySize(suppressDetections(found));
}

interface View {
  /** Of the model's input. */
  readonly size: Size;
  /** From the model's input to the image. */
  readonly toImage: Affine;
  /** Detections that reach beyond this box are cut off here and whole in a neighbour. */
  readonly trusted: Box;
}

const everywhere: Box = { x: -1e9, y: -1e9, width: 2e9, height: 2e9 };

/** `box` of the image in the smallest input that shows it at `coarsest`, or as much finer as its cells allow. */
function viewOf(box: Box, coarsest: number, trusted = everywhere): View {
  const width = wholeCells(box.width / coarsest);
  const height = wholeCells(box.height / coarsest);
  const scale = Math.max(box.width / width, box.height / height);
  const x = box.x - (width * scale - box.width) / 2;
  const y = box.y - (height * scale - box.height) / 2;
  return { size: { width, height }, toImage: [scale, 0, x, 0, scale, y], trusted };
}

/** Rounding errors must not cost a row of cells. */
function wholeCells(pixels: number): number {
  return Math.max(1, Math.ceil(pixels / CELL - 1e-6)) * CELL;
}

function wholeView(width: number, height: number): View {
  return viewOf({ x: 0, y: 0, width, height }, Math.max(width, height) / SIDE);
}

/** Exported for the test that every face lies whole in some view of a scale that shows it well. */
export function fineViews(width: number, height: number): View[] {
  const views: View[] = [];
  // A whole-image view that is hardly coarser has seen what a finer one would see.
  for (let scale = FINE; scale * SIDE * 1.25 < Math.max(width, height); scale *= GROWTH) {
    for (const rows of parts(height, scale)) {
      for (const columns of parts(width, scale)) {
        const box = { x: columns.start, y: rows.start, width: columns.length, height: rows.length };
        views.push(viewOf(box, scale, trustedPart(box, scale, width, height)));
      }
    }
  }
  return views;
}

/** Equal, overlapping parts of a length, as few as the largest input allows. */
function parts(length: number, scale: number): { start: number; length: number }[] {
  const overlap = OVERLAP * scale;
  const count = Math.max(1, Math.ceil((length - overlap) / (LARGEST * scale - overlap)));
  const each = (length + (count - 1) * overlap) / count;
  return Array.from({ length: count }, (_, i) => ({ start: i * (each - overlap), length: each }));
}

/** The part, open towards those sides where the image ends. */
function trustedPart(part: Box, scale: number, width: number, height: number): Box {
  const slack = 5 * scale;
  const left = part.x <= 0 ? -1e9 : part.x - slack;
  const top = part.y <= 0 ? -1e9 : part.y - slack;
  const right = part.x + part.width >= width - 1 ? 1e9 : part.x + part.width + slack;
  const bottom = part.y + part.height >= height - 1 ? 1e9 : part.y + part.height + slack;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** A face that fills the picture needs room around it. */
function roomyView(width: number, height: number): View {
  const side = Math.max(width, height) * 1.6;
  const box = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
  return viewOf(box, side / SIDE);
}

async function detectIn(
  session: InferenceSession,
  pyramid: Pyramid,
  { size, toImage, trusted }: View,
): Promise<FaceDetection[]> {
  const picture = warpAffine(pyramid, toImage, size);
  const input = { [session.inputNames[0] as string]: toTensor(picture, session.input) };
  const outputs = Object.values(await session.run(input));
  return suppressDetections(decodeBlazeface(outputs, size))
    .map((face) => toImageCoordinates(face, toImage))
    .filter(({ box }) => isInside(box, trusted));
}

/**
 * Model outputs to detections in input pixels. Two pairs of scores (logits) and of 16 numbers per
 * anchor: centre and six key points relative to the anchor, width and height; all in pixels of the input, whose
 * `size` tells the cells. Exported for tests.
 */
export function decodeBlazeface(outputs: readonly Tensor[], size: Size): FaceDetection[] {
  const faces: FaceDetection[] = [];
  for (const { stride, perCell } of [
    { stride: 16, perCell: 2 },
    { stride: 32, perCell: 6 },
  ]) {
    const columns = size.width / stride;
    const count = columns * (size.height / stride) * perCell;
    const scores = outputs.find(({ data }) => data.length === count)?.data;
    const boxes = outputs.find(({ data }) => data.length === count * 16)?.data;
    if (!scores || !boxes) throw new RangeError('The face detector answered in an unknown shape');
    for (let i = 0; i < count; i++) {
      const confidence = sigmoid(scores[i] as number);
      if (confidence < MIN_CONFIDENCE) continue;
      const cell = Math.floor(i / perCell);
      const anchorX = ((cell % columns) + 0.5) * stride;
      const anchorY = (Math.floor(cell / columns) + 0.5) * stride;
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
