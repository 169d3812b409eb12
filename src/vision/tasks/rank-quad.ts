import type { Point, RgbImage } from '../../core/image.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { colourAt } from './refine-quad.ts';

/** Longer side of the picture in which outlines are compared. */
const workSize = 640;
/** Steps of colour count up to here, next to the line and some pixels to each side of it. */
const mostStep = 12;
const mostWideStep = 20;
/** Share of a side by which it is continued beyond its corners. */
const beyond = 0.14;
const usualAspects = [85.6 / 53.98, 105 / 74] as const;

/**
 * Weights of a logistic choice among the candidates of a scene, fitted on 180 drawn scenes (seeds 1000 to 1179).
 * What speaks for an outline: the same step of colour all along its sides, and no edge that runs on beyond them.
 */
const weights = {
  evenness: 5.7,
  wideStep: 3,
  support: 24.2,
  beyond: -7.4,
  farthestBeyond: -4.3,
  size: 4.7,
  aspect: -19.5,
} as const;
const offset = -16;

/** How likely a refined outline is to be a document's, beside others of the same picture. */
export function rankQuad(picture: Pyramid, corners: Quad, aspect?: number) {
  const longest = Math.max(picture.image.width, picture.image.height);
  const level = Math.max(0, Math.round(Math.log2(longest / workSize)));
  const image = picture.level(level);
  const quad = corners.map(({ x, y }) => ({
    x: x * 2 ** -level,
    y: y * 2 ** -level,
  })) as unknown as Quad;
  const sides = quad.map((from, i) => measureSide(image, from, quad[(i + 1) % 4] as Point));
  const continued = quad.flatMap((from, i) =>
    continuationsOf(image, from, quad[(i + 1) % 4] as Point),
  );
  const area = areaOf(quad) / (image.width * image.height);
  const support = mean(sides.map((side) => side.support));
  const score =
    offset +
    weights.evenness * mean(sides.map(({ evenness }) => evenness)) +
    weights.wideStep * mean(sides.map(({ wideStep }) => wideStep)) +
    weights.support * support +
    weights.beyond * mean(continued) +
    weights.farthestBeyond * Math.max(...continued) +
    weights.size * Math.sqrt(area) +
    weights.aspect * aspectError(quad, aspect ? [aspect] : usualAspects);
  return { score, support, area };
}

/** Evenness beyond both ends of a side. */
function continuationsOf(image: RgbImage, from: Point, to: Point): readonly number[] {
  const at = (t: number) => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
  return [
    [at(-beyond), at(-0.015)],
    [at(1.015), at(1 + beyond)],
  ].map(([a, b]) => measureSide(image, a as Point, b as Point, 12, 0).evenness);
}

/** Each 0…1: length of the mean step across the line and across a band, share of the line that is edge. */
function measureSide(image: RgbImage, from: Point, to: Point, samples = 48, margin = 0.07) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const normal = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const [narrow, wide] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  let edges = 0;
  for (let i = 0; i < samples; i++) {
    const t = margin + ((1 - 2 * margin) * (i + 0.5)) / samples;
    const at = { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
    const step = largest([-1, 0, 1].map((d) => stepAt(image, at, normal, d, 1.2)));
    if (Math.hypot(...step) > 3) edges++;
    addLimited(narrow, step, mostStep);
    addLimited(wide, stepAt(image, at, normal, 0, 4), mostWideStep);
  }
  return {
    evenness: Math.hypot(...narrow) / samples / mostStep,
    wideStep: Math.hypot(...wide) / samples / mostWideStep,
    support: edges / samples,
  };
}

/** The longest of some vectors. */
function largest(steps: readonly number[][]): number[] {
  return [...steps].sort((a, b) => Math.hypot(...b) - Math.hypot(...a))[0] as number[];
}

function stepAt(
  image: RgbImage,
  { x, y }: Point,
  normal: Point,
  d: number,
  reach: number,
): number[] {
  const inside = colourAt(image, x + (d + reach) * normal.x, y + (d + reach) * normal.y);
  const outside = colourAt(image, x + (d - reach) * normal.x, y + (d - reach) * normal.y);
  return inside.map((value, c) => value - (outside[c] as number));
}

function addLimited(sum: number[], step: readonly number[], most: number): void {
  const factor = Math.min(1, most / (Math.hypot(...step) || 1));
  step.forEach((value, c) => {
    sum[c] = (sum[c] as number) + value * factor;
  });
}

/** Opposite sides taken together, against the nearest of the aspects; as a logarithm. */
function aspectError([a, b, c, d]: Quad, aspects: readonly number[]): number {
  const length = (p: Point, q: Point) => Math.hypot(p.x - q.x, p.y - q.y);
  const ratio = Math.abs(Math.log((length(a, b) + length(c, d)) / (length(b, c) + length(d, a))));
  return Math.min(...aspects.map((aspect) => Math.abs(ratio - Math.log(aspect))));
}

function areaOf(corners: Quad): number {
  const doubled = corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % 4] as Point;
    return sum + (x * next.y - next.x * y);
  }, 0);
  return Math.abs(doubled) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
