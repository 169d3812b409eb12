import type { Box, Point } from '../../core/image.ts';
import type { InferenceSession } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { type Affine, scaleOf, transformPoint } from '../image/transform.ts';
import { warpAffine } from '../image/warp.ts';
import type { FaceDetection } from './detect-faces.ts';

/** MediaPipe face mesh (Kartynnik et al. 2019): 468 points and a flag that says whether it is a face at all. */

const SIDE = 192;
const POINTS = 468;
/** The crop's side as a multiple of the box: what the model was trained on. */
const CROP = 1.5;

export interface FaceMesh {
  /** 468 × (x, y, z): x and y in image pixels, z at the same scale, smaller is nearer to the camera. */
  readonly points: Float32Array;
  /** Around all points; may reach beyond the image. */
  readonly box: Box;
  /** 0…1: probability that the crop shows a face. Below one half it is none. */
  readonly confidence: number;
}

/** Below this difference (see `cropDifference`) a second pass would see what the first has seen. */
const SAME_CROP = 0.12;

/**
 * Two passes: the second is cut along the first one's mesh, which is truer than the detector's box. It is left out
 * where both crops are nearly the same.
 */
export async function meshFace(
  session: InferenceSession,
  pyramid: Pyramid,
  detection: FaceDetection,
): Promise<FaceMesh> {
  const first = await glimpseFace(session, pyramid, detection);
  return first.confidence < 0.1 ? first : refineMesh(session, pyramid, detection, first);
}

/** The first pass alone: enough to tell a face from none and how large it is. */
export function glimpseFace(
  session: InferenceSession,
  pyramid: Pyramid,
  { box, eyes }: FaceDetection,
): Promise<FaceMesh> {
  return meshCrop(session, pyramid, cropAround(box, eyes));
}

/** The second pass, for a mesh of `glimpseFace`. */
export async function refineMesh(
  session: InferenceSession,
  pyramid: Pyramid,
  { box, eyes }: FaceDetection,
  first: FaceMesh,
): Promise<FaceMesh> {
  const left = meshPoint(first.points, 33);
  const right = meshPoint(first.points, 263);
  const truer = cropAround(turnedBounds(first.points, left, right), [left, right]);
  const isSame = cropDifference(cropAround(box, eyes), truer) < SAME_CROP;
  return isSame ? first : meshCrop(session, pyramid, truer);
}

/** How far the corners of one crop lie from those of the other, at most, as a share of the crop's side. */
function cropDifference(a: Affine, b: Affine): number {
  const corners = [0, SIDE].flatMap((x) => [0, SIDE].map((y) => ({ x, y })));
  const apart = corners.map((corner) => {
    const [p, q] = [transformPoint(a, corner), transformPoint(b, corner)];
    return Math.hypot(p.x - q.x, p.y - q.y);
  });
  return Math.max(...apart) / (SIDE * Math.min(scaleOf(a), scaleOf(b)));
}

/** One pass on the crop around the same face in the frame before: a third of the work of finding it again. */
export function followFace(
  session: InferenceSession,
  pyramid: Pyramid,
  before: Float32Array,
): Promise<FaceMesh> {
  const left = meshPoint(before, 33);
  const right = meshPoint(before, 263);
  return meshCrop(session, pyramid, cropAround(turnedBounds(before, left, right), [left, right]));
}

export function meshPoint(points: Float32Array, index: number): Point {
  return { x: points[index * 3] as number, y: points[index * 3 + 1] as number };
}

/** Square around the box, turned so that the eyes are level; from crop to image. */
function cropAround(box: Box, [left, right]: readonly [Point, Point]): Affine {
  const side = Math.max(box.width, box.height) * CROP;
  const scale = side / SIDE;
  const angle = Math.atan2(right.y - left.y, right.x - left.x);
  const cos = Math.cos(angle) * scale;
  const sin = Math.sin(angle) * scale;
  const cx = box.x + box.width / 2;
  const cy = box.y + box.height / 2;
  const half = SIDE / 2;
  return [cos, -sin, cx - (cos - sin) * half, sin, cos, cy - (sin + cos) * half];
}

/** Bounding box along the eye line, given by its centre in the image and its upright size. */
function turnedBounds(points: Float32Array, left: Point, right: Point): Box {
  const angle = Math.atan2(right.y - left.y, right.x - left.x);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = bounds(points, (x, y) => x * cos + y * sin);
  const across = bounds(points, (x, y) => y * cos - x * sin);
  const u = (along.min + along.max) / 2;
  const v = (across.min + across.max) / 2;
  const width = along.max - along.min;
  const height = across.max - across.min;
  return { x: u * cos - v * sin - width / 2, y: u * sin + v * cos - height / 2, width, height };
}

function bounds(points: Float32Array, project: (x: number, y: number) => number) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < points.length; i += 3) {
    const value = project(points[i] as number, points[i + 1] as number);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

async function meshCrop(
  session: InferenceSession,
  pyramid: Pyramid,
  toImage: Affine,
): Promise<FaceMesh> {
  const crop = warpAffine(pyramid, toImage, { width: SIDE, height: SIDE });
  const input = { [session.inputNames[0] as string]: toTensor(crop, session.input) };
  const outputs = Object.values(await session.run(input));
  const raw = outputs.find(({ data }) => data.length === POINTS * 3)?.data;
  const flag = outputs.find(({ data }) => data.length === 1)?.data[0];
  if (!raw || flag === undefined)
    throw new RangeError('The face mesh answered in an unknown shape');
  const points = toImagePoints(raw, toImage);
  const x = bounds(points, (px) => px);
  const y = bounds(points, (_, py) => py);
  return {
    points,
    box: { x: x.min, y: y.min, width: x.max - x.min, height: y.max - y.min },
    confidence: Math.min(1, Math.max(0, flag)),
  };
}

function toImagePoints(raw: Float32Array, [a, b, c, d, e, f]: Affine): Float32Array {
  const scale = Math.hypot(a, d);
  const points = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i += 3) {
    const x = raw[i] as number;
    const y = raw[i + 1] as number;
    points[i] = a * x + b * y + c;
    points[i + 1] = d * x + e * y + f;
    points[i + 2] = (raw[i + 2] as number) * scale;
  }
  return points;
}
