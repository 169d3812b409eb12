import type { Point, RgbImage } from '../../core/image.ts';
import { type EdgeMap, findEdges } from '../image/edges.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { resize } from '../image/warp.ts';
import { refineQuad } from './refine-quad.ts';
import {
  angleBetween,
  findStraightLines,
  intersect,
  type StraightLine,
  threshold,
} from './straight-lines.ts';

/** A document's outline, clockwise in the picture; which corner is its own top left is not known here. */
export interface LocatedDocument {
  readonly corners: Quad;
  /** Share of the outline that lies on an edge of the picture, 0…1. */
  readonly support: number;
  /** Share of the picture that it covers. */
  readonly area: number;
}

/** Longest side of the picture that is searched for lines. */
const searchSize = 400;
/** Score from which a first find is not questioned. */
const convincing = 2;
/** Longer to shorter side of ID-1, TD2 and TD3, 1.59 to 1.42, with room for tilt. */
const leastAspect = 1.15;
const mostAspect = 2;
/** Pairs of sides that are combined: on patterned ground there would be thousands. */
const mostPairs = 1000;
/** Least share of every side that must be edge. */
const leastSupport = 0.22;

/**
 * Finds documents by their straight outline, likeliest first; empty when nothing has four sides. Where the finer look
 * finds nothing convincing a coarser one follows: print on the ground has then blurred into grey.
 */
export function locateDocuments(picture: Pyramid): readonly LocatedDocument[] {
  const fine = searchAt(picture, searchSize);
  const isClear = (fine[0]?.score ?? 0) >= convincing;
  const found = isClear ? fine : [...fine, ...searchAt(picture, searchSize / 2)];
  const ranked = [...found].sort((a, b) => b.score - a.score);
  return distinct(ranked).map((candidate) => ({
    corners: refineQuad(picture, candidate.corners, picture.image),
    support: candidate.support,
    area: candidate.area,
  }));
}

/** Candidates in pixels of the full picture, best first. */
function searchAt(picture: Pyramid, side: number): readonly Candidate[] {
  const { width, height } = picture.image;
  const scale = Math.min(1, side / Math.max(width, height));
  const small = resize(picture, {
    width: Math.round(width * scale),
    height: Math.round(height * scale),
  });
  const edges = findEdges(small);
  return findQuads(edges, small, findStraightLines(edges))
    .slice(0, 200)
    .map((candidate) => ({
      ...candidate,
      corners: candidate.corners.map(({ x, y }) => ({
        x: x / scale,
        y: y / scale,
      })) as unknown as Quad,
    }));
}

interface Candidate extends LocatedDocument {
  readonly facts: QuadFacts;
  readonly score: number;
}

interface Side {
  readonly a: StraightLine;
  readonly b: StraightLine;
}

/** Every two pairs of nearly parallel lines that cross each other's way. */
function findQuads(
  edges: EdgeMap,
  image: RgbImage,
  lines: readonly StraightLine[],
): readonly Candidate[] {
  const pairs = parallelPairs(lines, Math.min(edges.width, edges.height) * 0.14);
  const measure = createMeasure(edges, image);
  const found: Candidate[] = [];
  for (const [i, first] of pairs.entries()) {
    for (const second of pairs.slice(i + 1)) {
      if (angleBetween(first.a, second.a) < 0.8) continue;
      const candidate = assess(edges, measure, first, second);
      if (candidate) found.push(candidate);
    }
  }
  return found.sort((a, b) => b.score - a.score);
}

function parallelPairs(lines: readonly StraightLine[], least: number): readonly Side[] {
  const pairs = lines.flatMap((a, i) =>
    lines.slice(i + 1).flatMap((b) => {
      const offset = a.cos * b.cos + a.sin * b.sin > 0 ? b.offset : -b.offset;
      return angleBetween(a, b) < 0.45 && Math.abs(a.offset - offset) > least ? [{ a, b }] : [];
    }),
  );
  const length = ({ run }: StraightLine) => run.to - run.from;
  const shorter = ({ a, b }: Side) => Math.min(length(a), length(b));
  return pairs.sort((p, q) => shorter(q) - shorter(p)).slice(0, mostPairs);
}

interface Measure {
  /** How much of a side is edge, 0…1. */
  share(from: Point, to: Point): number;
  /** How alike the step from outside to inside is along a side, 0…1: low on chequered ground. */
  coherence(from: Point, to: Point): number;
}

/** What speaks for a quad, each 0…1. */
interface QuadFacts {
  readonly support: number;
  readonly worstSupport: number;
  readonly coherence: number;
  readonly beyond: number;
  readonly size: number;
}

function scoreOf(facts: QuadFacts): number {
  return (
    facts.support +
    0.3 * facts.worstSupport +
    0.6 * facts.coherence -
    1.5 * facts.beyond +
    1.1 * facts.size
  );
}

function assess(
  edges: EdgeMap,
  measure: Measure,
  first: Side,
  second: Side,
): Candidate | undefined {
  const corners = cornersOf(first, second);
  if (!corners || !isPlausible(corners, edges)) return undefined;
  const sides = corners.map((from, i) => [from, corners[(i + 1) % 4] as Point] as const);
  const shares: number[] = [];
  for (const [from, to] of sides) {
    const share = measure.share(from, to);
    if (share < leastSupport) return undefined;
    shares.push(share);
  }
  const coherences = sides.map(([from, to]) => measure.coherence(from, to));
  const support = mean(shares);
  const area = areaOf(corners) / (edges.width * edges.height);
  const facts = {
    support,
    worstSupport: Math.min(...shares),
    coherence: mean(coherences),
    beyond: mean(sides.map(([from, to]) => overshoot(measure, from, to))),
    size: Math.sqrt(area),
  };
  return { corners, support, area, score: scoreOf(facts), facts };
}

/**
 * Share of edge on the continuations of a side. Where a card ends its sides end too; the grain of a table runs on,
 * and beside a line printed across a card the card's own sides do.
 */
function overshoot(measure: Measure, from: Point, to: Point): number {
  const reach = 0.16;
  const at = (t: number) => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
  return (measure.share(at(-reach), at(-0.02)) + measure.share(at(1.02), at(1 + reach))) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cornersOf(first: Side, second: Side): Quad | undefined {
  const a = cornerOf(first.a, second.a);
  const b = a && cornerOf(first.a, second.b);
  const c = b && cornerOf(first.b, second.b);
  const d = c && cornerOf(first.b, second.a);
  if (!d) return undefined;
  const quad: Quad = [a, b, c, d];
  return signedArea(quad) > 0 ? quad : [a, d, c, b];
}

/** Where two lines cross, if that is near an end of each one's stretch of edge: there a corner may be. */
function cornerOf(a: StraightLine, b: StraightLine): Point | undefined {
  const point = intersect(a, b);
  return point && endsNear(a, point) && endsNear(b, point) ? point : undefined;
}

function endsNear({ cos, sin, run }: StraightLine, { x, y }: Point): boolean {
  const place = y * cos - x * sin;
  const slack = 12 + 0.4 * (run.to - run.from);
  return Math.min(Math.abs(place - run.from), Math.abs(place - run.to)) < slack;
}

function isPlausible(corners: Quad, { width, height }: EdgeMap): boolean {
  const slack = 0.06 * Math.max(width, height);
  const isNear = corners.every(
    ({ x, y }) => x > -slack && y > -slack && x < width + slack && y < height + slack,
  );
  if (!isNear || !isConvex(corners)) return false;
  const [a, b, c, d] = corners.map((corner, i) =>
    distance(corner, corners[(i + 1) % 4] as Point),
  ) as [number, number, number, number];
  const [p, q] = [(a + c) / 2, (b + d) / 2];
  const aspect = Math.max(p, q) / Math.min(p, q);
  const isBalanced =
    Math.min(a, c) > 0.55 * Math.max(a, c) && Math.min(b, d) > 0.55 * Math.max(b, d);
  return aspect > leastAspect && aspect < mostAspect && isBalanced && p * q > 0.02 * width * height;
}

function createMeasure(edges: EdgeMap, image: RgbImage): Measure {
  const least = threshold(edges.strength);
  return {
    share(from, to) {
      const places = along(from, to);
      const normal = inward(from, to);
      return places.filter((at) => isEdge(edges, least, at, normal)).length / places.length;
    },
    coherence(from, to) {
      const normal = inward(from, to);
      const sum = [0, 0, 0];
      let size = 0;
      for (const at of along(from, to)) {
        const step = stepAcross(image, at, normal);
        step.forEach((value, c) => {
          sum[c] = (sum[c] as number) + value;
        });
        size += Math.hypot(...step);
      }
      return size > 0 ? Math.hypot(...sum) / size : 0;
    },
  };
}

/** Every second pixel of a side, its rounded ends left out. */
function along(from: Point, to: Point): readonly Point[] {
  const steps = Math.max(8, Math.round(distance(from, to) / 2));
  return Array.from({ length: steps }, (_, i) => {
    const t = 0.06 + (0.88 * (i + 0.5)) / steps;
    return { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
  });
}

/** Unit normal; the corners are clockwise, so inside lies to the right. */
function inward(from: Point, to: Point): Point {
  const length = distance(from, to);
  return { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
}

/** An edge pixel of the side's direction within 1.5 pixels. */
function isEdge(
  { width, height, gx, gy, strength }: EdgeMap,
  least: number,
  at: Point,
  normal: Point,
): boolean {
  for (let d = -1; d <= 1; d++) {
    const px = Math.floor(at.x + d * normal.x);
    const py = Math.floor(at.y + d * normal.y);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const o = py * width + px;
    const size = strength[o] as number;
    const along = Math.abs((gx[o] as number) * normal.x + (gy[o] as number) * normal.y);
    if (size >= least && along >= 0.9 * size) return true;
  }
  return false;
}

/** Colour three pixels inside less that three pixels outside. */
function stepAcross({ data, width, height }: RgbImage, at: Point, normal: Point): number[] {
  const index = (d: number) => {
    const x = Math.max(0, Math.min(width - 1, Math.floor(at.x + d * normal.x)));
    const y = Math.max(0, Math.min(height - 1, Math.floor(at.y + d * normal.y)));
    return (y * width + x) * 3;
  };
  const [inside, outside] = [index(2.5), index(-2.5)];
  return [0, 1, 2].map((c) => (data[inside + c] as number) - (data[outside + c] as number));
}

/** Quads whose centres are apart; of those about one place the best stays. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const centre = middle(candidate.corners);
    const reach = Math.sqrt(candidate.area);
    const isNew = kept.every(({ corners, area }) => {
      const other = middle(corners);
      const size = Math.hypot(corners[0].x - corners[2].x, corners[0].y - corners[2].y);
      return (
        Math.hypot(centre.x - other.x, centre.y - other.y) >
        0.45 * size * Math.min(1, reach / Math.sqrt(area) + 0.4)
      );
    });
    if (isNew) kept.push(candidate);
    if (kept.length === 4) break;
  }
  return kept;
}

function middle(corners: Quad): Point {
  return {
    x: corners.reduce((sum, { x }) => sum + x, 0) / 4,
    y: corners.reduce((sum, { y }) => sum + y, 0) / 4,
  };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function areaOf(corners: Quad): number {
  return Math.abs(signedArea(corners));
}

/** Positive when clockwise in the picture (y down). */
function signedArea(corners: Quad): number {
  return corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % 4] as Point;
    return sum + (x * next.y - next.x * y) / 2;
  }, 0);
}

function isConvex(corners: Quad): boolean {
  return corners.every((b, i) => {
    const a = corners[(i + 3) % 4] as Point;
    const c = corners[(i + 1) % 4] as Point;
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) > 0;
  });
}
