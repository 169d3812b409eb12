import type { Point } from '../../core/image.ts';
import type { EdgeMap } from '../image/edges.ts';

/** All points with `x·cos + y·sin = offset`; the normal is (cos, sin), the angle in 0…π. */
export interface StraightLine {
  readonly cos: number;
  readonly sin: number;
  readonly offset: number;
  readonly angle: number;
  readonly votes: number;
  /** Longest unbroken stretch of edge, as places along (−sin, cos); empty until it was looked for. */
  readonly run: { readonly from: number; readonly to: number };
}

const angleCount = 180;
const mostPeaks = 200;
const mostLines = 72;
/** Pixels without an edge that a run may bridge. */
const gap = 5;

/**
 * Hough transform in which an edge pixel votes only for lines across its own gradient, ±3° (O'Gorman & Clowes 1976).
 * The strongest lines, no two of them alike. Edges weaker than `least` do not vote.
 */
export function findStraightLines(edges: EdgeMap, least: number): readonly StraightLine[] {
  const { width, height, gx, gy, strength } = edges;
  const half = Math.ceil(Math.hypot(width, height));
  const stride = 2 * half + 1;
  const votes = new Float32Array(angleCount * stride);
  const cosines = Float64Array.from({ length: angleCount }, (_, a) =>
    Math.cos((a * Math.PI) / angleCount),
  );
  const sines = Float64Array.from({ length: angleCount }, (_, a) =>
    Math.sin((a * Math.PI) / angleCount),
  );
  for (let o = 0; o < strength.length; o++) {
    const size = strength[o] as number;
    if (size < least) continue;
    const x = (o % width) + 0.5;
    const y = Math.floor(o / width) + 0.5;
    const direction = Math.atan2(gy[o] as number, gx[o] as number);
    const centre = Math.round((direction / Math.PI) * angleCount) + angleCount;
    // Strong edges count more, but a printed one not ten times a faint border.
    const weight = Math.min(1, size / (3 * least));
    for (let d = -3; d <= 3; d++) {
      const a = (centre + d) % angleCount;
      const rho = x * (cosines[a] as number) + y * (sines[a] as number);
      const bin = a * stride + Math.round(rho) + half;
      votes[bin] = (votes[bin] as number) + weight * (1 - Math.abs(d) / 5);
    }
  }
  const found = peaks(votes, stride, half, Math.min(width, height) * 0.04);
  return found
    .map((line) => ({ line, ...strongestRun(edges, line, least) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, mostLines)
    .map(({ line, run }) => ({ ...line, run }));
}

/**
 * The longest unbroken stretch of edge on a line, long ones of little contrast counting less: the grain of a table
 * runs on for ever, the side of a card stands out.
 */
function strongestRun(edges: EdgeMap, { cos, sin, offset }: StraightLine, least: number) {
  const { width, height, strength } = edges;
  const reach = Math.hypot(width, height);
  const middle = (-sin * width) / 2 + (cos * height) / 2;
  let score = 0;
  let best = { from: 0, to: 0 };
  let run = 0;
  let sum = 0;
  let missing = 0;
  for (let t = middle - reach / 2; t < middle + reach / 2; t++) {
    const size = strengthAt(
      strength,
      width,
      height,
      cos * offset - sin * t,
      sin * offset + cos * t,
      cos,
      sin,
    );
    if (size >= least) {
      run += 1 + missing;
      sum += size;
      missing = 0;
      const value = run * Math.min(1, 0.25 + sum / run / 40);
      if (value > score) {
        score = value;
        best = { from: t - run + 1, to: t };
      }
    } else if (++missing > gap) {
      run = 0;
      sum = 0;
      missing = 0;
    }
  }
  return { score, run: best };
}

/** Strongest of the pixel and its two neighbours across the line. */
function strengthAt(
  strength: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  cos: number,
  sin: number,
): number {
  let best = 0;
  for (let d = -1; d <= 1; d++) {
    const px = Math.floor(x + d * cos);
    const py = Math.floor(y + d * sin);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    best = Math.max(best, strength[py * width + px] as number);
  }
  return best;
}

/** Edges weaker than this are texture: a multiple of the median of what is there, within limits. */
export function threshold(strength: Float32Array): number {
  const some: number[] = [];
  for (let o = 0; o < strength.length; o += 7) {
    const value = strength[o] as number;
    if (value > 0) some.push(value);
  }
  some.sort((a, b) => a - b);
  const median = some[some.length >> 1] ?? 0;
  return Math.max(2.5, Math.min(7, 1.2 * median));
}

function peaks(votes: Float32Array, stride: number, half: number, least: number): StraightLine[] {
  const found: StraightLine[] = [];
  for (let a = 0; a < angleCount; a++) {
    for (let r = 2; r < stride - 2; r++) {
      const i = a * stride + r;
      const here = (votes[i] as number) + (votes[i - 1] as number) + (votes[i + 1] as number);
      if (
        here < least ||
        (votes[i] as number) < (votes[i - 1] as number) ||
        (votes[i] as number) < (votes[i + 1] as number)
      )
        continue;
      const angle = (a * Math.PI) / angleCount;
      const shift = ((votes[i + 1] as number) - (votes[i - 1] as number)) / here;
      found.push({
        cos: Math.cos(angle),
        sin: Math.sin(angle),
        offset: r - half + shift,
        angle,
        votes: here,
        run: { from: 0, to: 0 },
      });
    }
  }
  found.sort((a, b) => b.votes - a.votes);
  const kept: StraightLine[] = [];
  for (const line of found) {
    if (!kept.some((other) => isAlike(line, other))) kept.push(line);
    if (kept.length === mostPeaks) break;
  }
  return kept;
}

function isAlike(a: StraightLine, b: StraightLine): boolean {
  const turn = angleBetween(a, b);
  const offset = a.cos * b.cos + a.sin * b.sin > 0 ? b.offset : -b.offset;
  return turn < 0.06 && Math.abs(a.offset - offset) < 4;
}

/** 0…π/2. */
export function angleBetween(a: StraightLine, b: StraightLine): number {
  return Math.asin(Math.min(1, Math.abs(a.cos * b.sin - a.sin * b.cos)));
}

/** Undefined for lines that are almost parallel. */
export function intersect(a: StraightLine, b: StraightLine): Point | undefined {
  const det = a.cos * b.sin - a.sin * b.cos;
  if (Math.abs(det) < 0.1) return undefined;
  return {
    x: (a.offset * b.sin - b.offset * a.sin) / det,
    y: (b.offset * a.cos - a.offset * b.cos) / det,
  };
}
