import { LeastSquares } from './least-squares.ts';
import type { TrackedFace } from './track.ts';

/**
 * Does the face move as a solid head or as a plane? Nothing on a turned plane moves against anything else; on a
 * turned head nose, cheeks and outline do. Measured on the two-dimensional places of the mesh, never on its depth,
 * which the net believes of every face.
 */

/** Points that the net places by what it sees: corners of eyes and mouth, nose, brows, cheeks, chin, forehead. */
const SEEN = [
  33, 133, 362, 263, 168, 6, 195, 5, 4, 1, 2, 98, 327, 61, 291, 0, 17, 70, 105, 334, 300, 50, 280,
  205, 425, 234, 454, 127, 356, 172, 397, 152, 10,
] as const;

type Face = Pick<TrackedFace, 'points' | 'pose'>;

/**
 * Root mean square distance, as a share of the distance between the eyes, by which the points of `turned` miss
 * those of `rest` under the best homography: what no movement of a plane can explain.
 */
export function planeResidual(rest: Face, turned: Face): number {
  const from = centred(rest.points);
  const to = centred(turned.points);
  const h = fitHomography(from, to);
  if (!h) return 0;
  let sum = 0;
  for (const [k, [x, y]] of from.entries()) {
    const [u, v] = to[k] as Point2;
    const w = h[6] * x + h[7] * y + 1;
    sum +=
      ((h[0] * x + h[1] * y + h[2]) / w - u) ** 2 + ((h[3] * x + h[4] * y + h[5]) / w - v) ** 2;
  }
  return Math.sqrt(sum / from.length);
}

/**
 * How much the middle of the face grew against its outline: logarithm. A head that comes closer shows more of its
 * nose and less of its ears; a plane keeps every proportion.
 */
export function bulge(rest: Face, closer: Face): number {
  const shape = ({ points }: Face) =>
    Math.log(distance(points, 98, 327) + distance(points, 133, 362)) -
    Math.log(distance(points, 127, 356));
  return shape(closer) - shape(rest);
}

/** Row by row without the last, which is 1. */
type Homography = readonly [number, number, number, number, number, number, number, number];
type Point2 = readonly [number, number];

function pointAt(points: Float32Array, i: number): Point2 {
  return [points[i * 3] as number, points[i * 3 + 1] as number];
}

function distance(points: Float32Array, i: number, j: number): number {
  const [a, b] = [pointAt(points, i), pointAt(points, j)];
  return Math.max(1e-3, Math.hypot(a[0] - b[0], a[1] - b[1]));
}

/** The seen points about their centre, the distance between the eyes being 1: well conditioned, and a share. */
function centred(points: Float32Array): Point2[] {
  const seen = SEEN.map((i) => pointAt(points, i));
  const scale = distance(points, 33, 263);
  const cx = seen.reduce((sum, [x]) => sum + x, 0) / seen.length;
  const cy = seen.reduce((sum, [, y]) => sum + y, 0) / seen.length;
  return seen.map(([x, y]) => [(x - cx) / scale, (y - cy) / scale]);
}

/** Least squares, direct linear form with h8 = 1; undefined where the points lie on a line. */
function fitHomography(from: readonly Point2[], to: readonly Point2[]): Homography | undefined {
  const system = new LeastSquares(8);
  for (const [k, [x, y]] of from.entries()) {
    const [u, v] = to[k] as Point2;
    system.add([x, y, 1, 0, 0, 0, -u * x, -u * y], u);
    system.add([0, 0, 0, x, y, 1, -v * x, -v * y], v);
  }
  return system.weights() as Homography | undefined;
}
