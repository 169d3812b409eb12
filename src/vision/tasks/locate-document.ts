import type { Point, RgbImage } from '../../core/image.ts';
import { closeStrokes } from '../image/closing.ts';
import { type EdgeMap, findEdges } from '../image/edges.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { resize } from '../image/warp.ts';
import { createMeasure, type Measure } from './edge-measure.ts';
import {
  aspectOfZone,
  outlinesFromZone,
  surroundsZone,
  type ZoneLines,
} from './outline-from-zone.ts';
import { rankQuad } from './rank-quad.ts';
import { refineQuad } from './refine-quad.ts';
import { snapQuad } from './snap-quad.ts';
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
  /** How much speaks for it; above `convincing` it is hardly ever wrong. */
  readonly score: number;
}

/** Longest side of the picture that is searched for lines. */
const searchSize = 400;
/** Dark strokes up to twice this width, in pixels of the search, are print. */
const strokeRadius = 3;
/** Least strength of an edge where print was taken out, and with it most noise. */
const leastWithoutPrint = 2;
/** Score from which a first find is not questioned. */
const convincing = 10.5;
/** Less speaks for chance. */
const leastScore = 5;
/** Of each look, the candidates whose sides are sought at full resolution. */
const mostPolished = 8;
/** Share of the picture's longer side by which candidates must differ. */
const leastDifference = 0.012;
/** Longer to shorter side of ID-1, TD2 and TD3, 1.59 to 1.42, with room for tilt. */
const leastAspect = 1.15;
const mostAspect = 2;
/** Pairs of sides that are combined: on patterned ground there would be thousands. */
const mostPairs = 1000;
/** Quadrilaterals that are measured: on chequered ground there would be millions. */
const mostMeasured = 8_000;
/** Least share of every side that must be edge. */
const leastSupport = 0.22;

/**
 * Finds documents by their straight outline, likeliest first; empty when nothing has four sides. The first look is at
 * the picture without its print, which is what misleads; where that convinces nobody, a second one is at all of it.
 * A zone says where the outline must be.
 */
export function locateDocuments(picture: Pyramid, zone?: ZoneLines): readonly LocatedDocument[] {
  const { width, height } = picture.image;
  const scale = Math.min(1, searchSize / Math.max(width, height));
  const small = resize(picture, {
    width: Math.round(width * scale),
    height: Math.round(height * scale),
  });
  const fits = (found: LocatedDocument) => !zone || surroundsZone(found.corners, zone);
  const polish = (rough: readonly Quad[]) =>
    rough.map((corners) => polishOutline(picture, corners, zone)).filter(fits);
  const withoutPrint = closeStrokes(small, strokeRadius);
  const first = polish([
    ...(zone ? outlinesFromZone(picture, zone) : []),
    ...searchIn(withoutPrint, scale, leastWithoutPrint),
  ]);
  const isClear = first.some(({ score }) => score >= convincing);
  const found = isClear ? first : [...first, ...polish(searchIn(small, scale))];
  return distinct(
    found.filter(({ score }) => score >= leastScore).sort((a, b) => b.score - a.score),
  );
}

function polishOutline(picture: Pyramid, rough: Quad, zone: ZoneLines | undefined) {
  const corners = refineQuad(picture, snapQuad(picture, rough), picture.image);
  return { corners, ...rankQuad(picture, corners, zone && aspectOfZone(zone)) };
}

/** Candidates in pixels of the full picture, best first. */
function searchIn(small: RgbImage, scale: number, least?: number): readonly Quad[] {
  const edges = findEdges(small);
  const limit = least ?? threshold(edges.strength);
  const kept: Quad[] = [];
  const apart = leastDifference * Math.max(small.width, small.height);
  for (const { corners } of findQuads(edges, small, limit)) {
    if (kept.every((other) => differ(corners, other) > apart)) kept.push(corners);
    if (kept.length === mostPolished) break;
  }
  return kept.map(
    (corners) => corners.map(({ x, y }) => ({ x: x / scale, y: y / scale })) as unknown as Quad,
  );
}

/** Largest distance of a corner from the nearest one of the other outline. */
function differ(a: Quad, b: Quad): number {
  return Math.max(...a.map((p) => Math.min(...b.map((q) => distance(p, q)))));
}

interface Candidate {
  readonly corners: Quad;
  readonly score: number;
}

interface Side {
  readonly a: StraightLine;
  readonly b: StraightLine;
}

/** Every two pairs of nearly parallel lines that cross each other's way. */
function findQuads(edges: EdgeMap, image: RgbImage, least: number): readonly Candidate[] {
  const lines = findStraightLines(edges, least);
  const pairs = parallelPairs(lines, Math.min(edges.width, edges.height) * 0.14);
  const measure = createMeasure(edges, image, least);
  const found: Candidate[] = [];
  let measured = 0;
  for (const corners of crossings(pairs)) {
    if (!isPlausible(corners, edges)) continue;
    const candidate = assess(edges, measure, corners);
    if (candidate) found.push(candidate);
    if (++measured === mostMeasured) break;
  }
  return found.sort((a, b) => b.score - a.score);
}

function* crossings(pairs: readonly Side[]): Generator<Quad> {
  for (const [i, first] of pairs.entries()) {
    for (const second of pairs.slice(i + 1)) {
      const corners = angleBetween(first.a, second.a) < 0.8 ? undefined : cornersOf(first, second);
      if (corners) yield corners;
    }
  }
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

function assess(edges: EdgeMap, measure: Measure, corners: Quad): Candidate | undefined {
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
  return { corners, score: scoreOf(facts) };
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

/** Quads whose centres are apart; of those about one place the best stays. */
function distinct(candidates: readonly LocatedDocument[]): readonly LocatedDocument[] {
  const kept: LocatedDocument[] = [];
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
