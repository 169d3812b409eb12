import type { Point, RgbImage } from '../../core/image.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { sampleLine } from '../image/sample-colour.ts';
import type { Quad } from '../image/transform.ts';

/** Samples along a side, and how far to each side of it the true edge is looked for, as a share of the diagonal. */
const samples = 64;
const reach = 0.012;

/**
 * Moves each side onto the strongest edge beside it, fitted robustly at close to full resolution, and takes the new
 * crossings as corners. Corners that would jump are left where they were.
 */
export function refineQuad(picture: Pyramid, corners: Quad, { width, height }: RgbImage): Quad {
  const level = Math.max(0, Math.floor(Math.log2(Math.max(width, height) / 1000)));
  const image = picture.level(level);
  const shrink = 2 ** -level;
  const rough = corners.map(({ x, y }) => ({ x: x * shrink, y: y * shrink })) as unknown as Quad;
  const diagonal = Math.hypot(rough[0].x - rough[2].x, rough[0].y - rough[2].y);
  const span = Math.max(3, reach * diagonal);
  const sides = rough.map((from, i) => {
    const to = rough[(i + 1) % 4] as Point;
    const side = fitSide(image, from, to, span);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const shadow = shadowWidth(image, side, length, diagonal);
    return shadow === 0 ? side : fitAgain(image, side, shadow, length);
  });
  return rough.map((corner, i) => {
    const crossing = cross(sides[(i + 3) % 4] as Line, sides[i] as Line);
    const isNear =
      crossing && Math.hypot(crossing.x - corner.x, crossing.y - corner.y) < 2.5 * span;
    const { x, y } = isNear ? crossing : corner;
    return { x: x / shrink, y: y / shrink };
  }) as unknown as Quad;
}

interface Line {
  readonly point: Point;
  readonly direction: Point;
}

function fitSide(image: RgbImage, from: Point, to: Point, span: number): Line {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const u = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const normal = { x: -u.y, y: u.x };
  const found: { t: number; d: number; weight: number }[] = [];
  for (let i = 0; i < samples; i++) {
    // The rounded corners are no part of the straight side.
    const t = length * (0.09 + (0.82 * (i + 0.5)) / samples);
    const edge = strongestStep(image, { x: from.x + t * u.x, y: from.y + t * u.y }, normal, span);
    if (edge) found.push({ t, ...edge });
  }
  const { a, b } = fitRobustly(found);
  return {
    point: { x: from.x + a * normal.x, y: from.y + a * normal.y },
    direction: { x: u.x + b * normal.x, y: u.y + b * normal.y },
  };
}

/** Width in pixels of a shadow's band along a side, as a share of the diagonal; what else is dark is wider or coloured. */
const widestShadow = 0.03;

/**
 * Pixels between a shadow's border and the document's: 0 where the side has none. A shadow is what lies beyond it,
 * only darker, in every channel alike.
 */
function shadowWidth(image: RgbImage, side: Line, length: number, diagonal: number): number {
  const most = Math.ceil(widestShadow * diagonal);
  const profile = Array.from({ length: most + 8 }, (_, i) => medianAt(image, side, length, i - 5));
  const colour = (d: number) => profile[d + 5] as readonly number[];
  const ground = colour(-4);
  let inner = { d: 0, step: 0 };
  for (let d = 3; d <= most; d++) {
    const step = Math.hypot(
      ...colour(d + 1).map((value, c) => value - (colour(d - 1)[c] as number)),
    );
    if (step > inner.step) inner = { d, step };
  }
  if (inner.step < leastInnerStep) return 0;
  const ratios = colour(Math.max(1, Math.round(inner.d / 2))).map(
    (value, c) => value / Math.max(1, ground[c] as number),
  );
  const [least, largest] = [Math.min(...ratios), Math.max(...ratios)];
  return least > 0.5 && largest < 0.97 && largest - least < 0.06 ? inner.d : 0;
}

const leastInnerStep = 5;

/** Median colour of a line beside the side: print and grain are outvoted. */
function medianAt(image: RgbImage, { point, direction }: Line, length: number, d: number) {
  const normal = { x: -direction.y, y: direction.x };
  const colours = new Float64Array(3 * profileSamples);
  const share = (i: number) => length * (0.08 + (0.84 * (i + 0.5)) / profileSamples);
  const start = {
    x: point.x + share(0) * direction.x + d * normal.x,
    y: point.y + share(0) * direction.y + d * normal.y,
  };
  const stride = share(1) - share(0);
  const step = { x: stride * direction.x, y: stride * direction.y };
  sampleLine(image, start, step, profileSamples, colours);
  return [0, 1, 2].map((c) => {
    const channel = Float64Array.from(
      { length: profileSamples },
      (_, i) => colours[3 * i + c] as number,
    );
    return channel.sort()[profileSamples >> 1] as number;
  });
}

const profileSamples = 40;

function fitAgain(
  image: RgbImage,
  { point, direction }: Line,
  inset: number,
  length: number,
): Line {
  const start = { x: point.x - inset * direction.y, y: point.y + inset * direction.x };
  const end = { x: start.x + length * direction.x, y: start.y + length * direction.y };
  return fitSide(image, start, end, 2.5);
}

/** Place and size of the largest change of colour along the normal; undefined where all is even. */
function strongestStep(image: RgbImage, at: Point, normal: Point, span: number) {
  const steps = Math.ceil(span) + 2;
  const change = changeAlong(image, at, normal, steps);
  let best = -1;
  for (let i = 1; i < change.length - 1; i++) {
    // Of like edges the nearer one.
    const value = (change[i] as number) * (1 - 0.25 * (Math.abs(i - steps) / steps));
    if (
      best < 0 ||
      value > (change[best] as number) * (1 - 0.25 * (Math.abs(best - steps) / steps))
    )
      best = i;
  }
  const peak = change[best] ?? 0;
  if (peak < 4) return undefined;
  const [left, right] = [change[best - 1] ?? 0, change[best + 1] ?? 0];
  const curve = left - 2 * peak + right;
  const shift = curve < 0 ? (0.5 * (left - right)) / curve : 0;
  return { d: best - steps + shift, weight: Math.min(peak, 40) };
}

/** Of each place from −steps to steps along the normal, how much the channel that changes most does. */
function changeAlong(image: RgbImage, at: Point, normal: Point, steps: number): Float64Array {
  const count = 2 * steps + 1;
  const colours = new Float64Array(3 * count);
  const first = { x: at.x - steps * normal.x, y: at.y - steps * normal.y };
  sampleLine(image, first, normal, count, colours);
  const change = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [before, after] = [3 * Math.max(0, i - 1), 3 * Math.min(count - 1, i + 1)];
    for (let c = 0; c < 3; c++) {
      const step = Math.abs((colours[after + c] as number) - (colours[before + c] as number));
      if (step > (change[i] as number)) change[i] = step;
    }
  }
  return change;
}

/** d = a + b·t by weighted least squares, reweighted against outliers (Tukey's biweight). */
function fitRobustly(found: readonly { t: number; d: number; weight: number }[]) {
  let fit = { a: 0, b: 0 };
  if (found.length < 8) return fit;
  let scale = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    const { a, b } = fit;
    const weights = found.map(({ t, d, weight }) => {
      const r = Number.isFinite(scale) ? (d - a - b * t) / (4.7 * scale) : 0;
      return Math.abs(r) < 1 ? weight * (1 - r * r) ** 2 : 0;
    });
    fit = fitWeighted(found, weights);
    const errors = found.map(({ t, d }) => Math.abs(d - fit.a - fit.b * t)).sort((p, q) => p - q);
    scale = Math.max(0.3, errors[errors.length >> 1] ?? 0.3);
  }
  return fit;
}

function fitWeighted(found: readonly { t: number; d: number }[], weights: readonly number[]) {
  let [w, wt, wd, wtt, wtd] = [0, 0, 0, 0, 0];
  found.forEach(({ t, d }, i) => {
    const weight = weights[i] ?? 0;
    w += weight;
    wt += weight * t;
    wd += weight * d;
    wtt += weight * t * t;
    wtd += weight * t * d;
  });
  const det = w * wtt - wt * wt;
  if (Math.abs(det) < 1e-9) return { a: 0, b: 0 };
  return { a: (wtt * wd - wt * wtd) / det, b: (w * wtd - wt * wd) / det };
}

function cross(p: Line, q: Line): Point | undefined {
  const det = p.direction.x * q.direction.y - p.direction.y * q.direction.x;
  if (Math.abs(det) < 0.05) return undefined;
  const dx = q.point.x - p.point.x;
  const dy = q.point.y - p.point.y;
  const t = (dx * q.direction.y - dy * q.direction.x) / det;
  return { x: p.point.x + t * p.direction.x, y: p.point.y + t * p.direction.y };
}
