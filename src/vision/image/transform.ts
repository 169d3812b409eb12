import type { Point } from '../../core/image.ts';

/**
 * Plane transforms on pixel coordinates (centre of the first pixel at (0.5, 0.5)).
 * Row-major 2×3: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Row-major 3×3; `(x', y') = (h0·x + h1·y + h2, h3·x + h4·y + h5) / (h6·x + h7·y + h8)`. */
export type Homography = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

export const identity: Affine = [1, 0, 0, 0, 1, 0];

/** First `first`, then `second`. */
export function chain(first: Affine, second: Affine): Affine {
  const [a, b, c, d, e, f] = first;
  const [p, q, r, s, t, u] = second;
  return [
    p * a + q * d,
    p * b + q * e,
    p * c + q * f + r,
    s * a + t * d,
    s * b + t * e,
    s * c + t * f + u,
  ];
}

/** @throws RangeError when the transform folds the plane onto a line. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const det = a * e - b * d;
  if (!Number.isFinite(1 / det)) throw new RangeError('The transform cannot be inverted');
  return [e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det];
}

export function transformPoint([a, b, c, d, e, f]: Affine, { x, y }: Point): Point {
  return { x: a * x + b * y + c, y: d * x + e * y + f };
}

/** Length that one unit becomes, averaged over directions: the root of the area factor. */
export function scaleOf([a, b, , d, e]: Affine): number {
  return Math.sqrt(Math.abs(a * e - b * d));
}

/**
 * Least-squares similarity (rotation, uniform scale, shift; no mirror) that takes `from` to `to`;
 * Umeyama 1991, closed form for the plane.
 * @throws RangeError when there are fewer than two points, or all of them coincide.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Affine {
  if (from.length < 2 || from.length !== to.length) {
    throw new RangeError(
      `Expected two or more pairs of points, got ${from.length} and ${to.length}`,
    );
  }
  const a = centroid(from);
  const b = centroid(to);
  let dot = 0;
  let cross = 0;
  let spread = 0;
  from.forEach((point, i) => {
    const other = to[i] ?? b;
    const px = point.x - a.x;
    const py = point.y - a.y;
    const qx = other.x - b.x;
    const qy = other.y - b.y;
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    spread += px * px + py * py;
  });
  if (spread === 0) throw new RangeError('All points coincide');
  const cos = dot / spread;
  const sin = cross / spread;
  return [cos, -sin, b.x - cos * a.x + sin * a.y, sin, cos, b.y - sin * a.x - cos * a.y];
}

export function centroid(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point.x;
    y += point.y;
  }
  return { x: x / points.length, y: y / points.length };
}

/** Four corners to four corners. */
export type Quad = readonly [Point, Point, Point, Point];

/**
 * The homography that takes `from` to `to` (direct linear transform with h8 = 1).
 * @throws RangeError when three corners lie on a line.
 */
export function fitPerspective(from: Quad, to: Quad): Homography {
  const rows: number[][] = [];
  from.forEach(({ x, y }, i) => {
    const { x: u, y: v } = to[i] as Point;
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  });
  const solved = solve(rows);
  return [...solved, 1] as unknown as Homography;
}

export function projectPoint(h: Homography, { x, y }: Point): Point {
  const w = h[6] * x + h[7] * y + h[8];
  return { x: (h[0] * x + h[1] * y + h[2]) / w, y: (h[3] * x + h[4] * y + h[5]) / w };
}

/** Gauss–Jordan with partial pivoting; each row is n coefficients and the right-hand side. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const best = pivotRow(rows, column);
    [rows[column], rows[best]] = [rows[best] as number[], rows[column] as number[]];
    const pivot = rows[column] as number[];
    for (const row of rows) if (row !== pivot) eliminate(row, pivot, column);
  }
  return rows.map((row, i) => (row[n] ?? 0) / (row[i] ?? 1));
}

function pivotRow(rows: readonly number[][], column: number): number {
  const size = (row: number) => Math.abs(rows[row]?.[column] ?? 0);
  let best = column;
  for (let row = column + 1; row < rows.length; row++) if (size(row) > size(best)) best = row;
  if (size(best) < 1e-12) throw new RangeError('Three of the corners lie on a line');
  return best;
}

function eliminate(row: number[], pivot: readonly number[], column: number): void {
  const factor = (row[column] ?? 0) / (pivot[column] ?? 1);
  for (let i = column; i < row.length; i++) row[i] = (row[i] ?? 0) - factor * (pivot[i] ?? 0);
}
