import type { Point } from '../../core/image.ts';
import type { Quad } from '../image/transform.ts';
import { type Border, meanStep } from './find-borders.ts';

/** Four borders that may be a document's, clockwise, with what speaks for them. */
export interface RoughOutline {
  readonly corners: Quad;
  readonly score: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
}

/** Longer to shorter side of ID-1, TD2 and TD3, 1.59 to 1.42, with room for tilt. */
const leastAspect = 1.12;
const mostAspect = 2.1;
/** Least distance of opposite sides, as a share of the picture's shorter side. */
const leastDistance = 0.1;
/** Pairs of opposite sides that are combined, one of them a strong one: on patterned ground there would be thousands. */
const mostPairs = 2000;
const mostStrong = 150;
const mostKept = 600;
/** Least share of every side that must be edge. */
const leastSupport = 0.2;
/** Share of a side left out at its ends, where corners are round, and by which it is continued beyond them. */
const margin = 0.07;
const beyond = 0.14;
const mostStep = 12;
const usualAspects = [Math.log(85.6 / 53.98), Math.log(105 / 74)] as const;

/** Every two pairs of nearly parallel borders that cross each other's way, likeliest first. */
export function combineBorders(borders: readonly Border[], frame: Frame): readonly RoughOutline[] {
  const crossings = crossAll(borders, frame);
  const pairs = parallelPairs(borders, leastDistance * Math.min(frame.width, frame.height));
  const found: RoughOutline[] = [];
  const { count, isCorner } = crossings;
  for (const [i, [a, b]] of pairs.slice(0, mostStrong).entries()) {
    for (let k = i + 1; k < pairs.length; k++) {
      const [c, d] = pairs[k] as Pair;
      if (isCorner[a * count + c] === 0 || isCorner[b * count + d] === 0) continue;
      if (isCorner[a * count + d] === 0 || isCorner[b * count + c] === 0) continue;
      const outline = combine(borders, crossings, [a, b], [c, d], frame);
      if (outline) found.push(outline);
    }
  }
  return found.sort((a, b) => b.score - a.score).slice(0, mostKept);
}

type Pair = readonly [a: number, b: number];

/** Nearly parallel, some way apart; of strong borders first. */
function parallelPairs(borders: readonly Border[], least: number): readonly Pair[] {
  const pairs: { pair: Pair; weight: number }[] = [];
  for (const [i, a] of borders.entries()) {
    for (let k = i + 1; k < borders.length; k++) {
      const b = borders[k] as Border;
      if (sineBetween(a, b) > 0.43 || distanceFrom(a, b) < least) continue;
      pairs.push({ pair: [i, k], weight: Math.min(a.weight, b.weight) });
    }
  }
  pairs.sort((a, b) => b.weight - a.weight);
  return pairs.slice(0, mostPairs).map(({ pair }) => pair);
}

function sineBetween(a: Border, b: Border): number {
  return Math.abs(a.cos * b.sin - a.sin * b.cos);
}

/** Of the middle of one border from the line of the other. */
function distanceFrom(a: Border, b: Border): number {
  const t = (a.from + a.to) / 2;
  const [x, y] = [a.cos * a.offset - a.sin * t, a.sin * a.offset + a.cos * t];
  return Math.abs(x * b.cos + y * b.sin - b.offset);
}

/** Where borders i and k cross, at index i · count + k: picture coordinates and the place on border i. */
interface Crossings {
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly place: Float64Array;
  /** 0 where they cannot be a corner. */
  readonly isCorner: Uint8Array;
}

function crossAll(borders: readonly Border[], frame: Frame): Crossings {
  const count = borders.length;
  const [x, y, place] = [0, 1, 2].map(() => new Float64Array(count * count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const isCorner = new Uint8Array(count * count);
  for (const [i, a] of borders.entries()) {
    for (const [k, b] of borders.entries()) {
      const at = cross(a, b, frame);
      if (!at) continue;
      const o = i * count + k;
      isCorner[o] = 1;
      x[o] = at.x;
      y[o] = at.y;
      place[o] = at.y * a.cos - at.x * a.sin;
    }
  }
  return { count, x, y, place, isCorner };
}

function cross(a: Border, b: Border, { width, height }: Frame): Point | undefined {
  const det = a.cos * b.sin - a.sin * b.cos;
  if (Math.abs(det) < 0.7) return undefined;
  const x = (a.offset * b.sin - b.offset * a.sin) / det;
  const y = (b.offset * a.cos - a.offset * b.cos) / det;
  const slack = 0.05 * Math.max(width, height);
  if (x < -slack || y < -slack || x > width + slack || y > height + slack) return undefined;
  return reaches(a, { x, y }) && reaches(b, { x, y }) ? { x, y } : undefined;
}

function reaches({ from, to, cos, sin }: Border, { x, y }: Point): boolean {
  const slack = 24 + 1 * (to - from);
  const place = y * cos - x * sin;
  return place > from - slack && place < to + slack;
}

/** Of the crossings' four indices: the sides run a, c, b, d. */
function combine(
  borders: readonly Border[],
  crossings: Crossings,
  [a, b]: Pair,
  [c, d]: Pair,
  frame: Frame,
): RoughOutline | undefined {
  const { count, place } = crossings;
  const order = [a, c, b, d] as const;
  const corners = order.map((side, i) => {
    const o = side * count + (order[(i + 1) % 4] as number);
    return { x: crossings.x[o] as number, y: crossings.y[o] as number };
  }) as unknown as Quad;
  if (!isPlausible(corners, frame)) return undefined;
  const sides: SideFacts[] = [];
  for (const [i, side] of order.entries()) {
    const before = place[side * count + (order[(i + 3) % 4] as number)] as number;
    const after = place[side * count + (order[(i + 1) % 4] as number)] as number;
    const facts = sideOf(borders[side] as Border, before, after);
    if (!facts) return undefined;
    sides.push(facts);
  }
  const [ac, cb, bd, da] = corners;
  return {
    corners: signedArea(corners) > 0 ? corners : [ac, da, bd, cb],
    score: scoreOf(corners, sides, frame),
  };
}

interface SideFacts {
  readonly evenness: number;
  readonly partly: number;
  readonly support: number;
  readonly beyond: readonly [number, number];
}

/** Undefined where too little of the side is edge. */
function sideOf({ profile }: Border, p: number, q: number): SideFacts | undefined {
  const from = Math.min(p, q) - profile.start;
  const to = Math.max(p, q) - profile.start;
  const length = to - from;
  const support = supportOf(profile, from + margin * length, to - margin * length);
  if (support < leastSupport) return undefined;
  return {
    evenness: evennessOf(profile, from + margin * length, to - margin * length),
    partly: evennessOfParts(profile, from + margin * length, to - margin * length),
    support,
    beyond: [
      evennessOf(profile, from - beyond * length, from - 0.015 * length),
      evennessOf(profile, to + 0.015 * length, to + beyond * length),
    ],
  };
}

type Profile = Border['profile'];

/** Length of the mean step between two entries; what lies outside the picture counts as none. */
function evennessOf({ steps, edges }: Profile, from: number, to: number): number {
  const [i, k] = [clamp(from, edges.length - 1), clamp(to, edges.length - 1)];
  return (meanStep(steps, i, k) * (k - i)) / Math.max(1, to - from) / mostStep;
}

/** Mean evenness of the parts of a stretch: the ground beside a side may change. */
function evennessOfParts(profile: Profile, from: number, to: number): number {
  const length = (to - from) / parts;
  let sum = 0;
  for (let i = 0; i < parts; i++)
    sum += evennessOf(profile, from + i * length, from + (i + 1) * length);
  return sum / parts;
}
const parts = 6;

function supportOf({ edges }: Profile, from: number, to: number): number {
  const [i, k] = [clamp(from, edges.length - 1), clamp(to, edges.length - 1)];
  return ((edges[k] as number) - (edges[i] as number)) / Math.max(1, to - from);
}

function clamp(entry: number, most: number): number {
  return Math.max(0, Math.min(most, Math.round(entry)));
}

/** As `rankQuad`, of the small picture. */
function scoreOf(corners: Quad, sides: readonly SideFacts[], { width, height }: Frame): number {
  let [evenness, partly, support, sum, farthest] = [0, 0, 0, 0, 0];
  for (const side of sides) {
    evenness += side.evenness / 4;
    partly += side.partly / 4;
    support += side.support / 4;
    sum += (side.beyond[0] + side.beyond[1]) / 8;
    farthest = Math.max(farthest, side.beyond[0], side.beyond[1]);
  }
  const size = Math.sqrt(Math.abs(signedArea(corners)) / (width * height));
  return (
    4 * evenness +
    8 * partly +
    24 * support -
    7.4 * sum -
    4.3 * farthest +
    4.7 * size -
    19.5 * aspectError(corners)
  );
}

function aspectError([a, b, c, d]: Quad): number {
  const ratio = Math.abs(
    Math.log((distance(a, b) + distance(c, d)) / (distance(b, c) + distance(d, a))),
  );
  return Math.min(...usualAspects.map((aspect) => Math.abs(ratio - aspect)));
}

function isPlausible(corners: Quad, { width, height }: Frame): boolean {
  const [a, b, c, d] = corners;
  const [ab, bc, cd, da] = [distance(a, b), distance(b, c), distance(c, d), distance(d, a)];
  const [p, q] = [(ab + cd) / 2, (bc + da) / 2];
  const aspect = Math.max(p, q) / Math.min(p, q);
  const isBalanced =
    Math.min(ab, cd) > 0.55 * Math.max(ab, cd) && Math.min(bc, da) > 0.55 * Math.max(bc, da);
  return (
    isBalanced &&
    aspect > leastAspect &&
    aspect < mostAspect &&
    p * q > 0.02 * width * height &&
    isConvex(corners)
  );
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Positive when clockwise in the picture (y down). */
function signedArea(corners: Quad): number {
  return corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % 4] as Point;
    return sum + (x * next.y - next.x * y) / 2;
  }, 0);
}

function isConvex(corners: Quad): boolean {
  const turns = corners.map((b, i) => {
    const a = corners[(i + 3) % 4] as Point;
    const c = corners[(i + 1) % 4] as Point;
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
  });
  return turns.every((turn) => turn > 0) || turns.every((turn) => turn < 0);
}
