import type { Point } from '../../core/image.ts';
import { discAt, type Layer, layerOf, patchChange, patchOf } from './patch-change.ts';
import type { Track, TrackedFace } from './track.ts';
import { HEIGHT, type Places, unwarper, WIDTH } from './unwarp.ts';

/**
 * Does the face have moments, or is it one picture that is bent to follow somebody else's? Every frame is laid over
 * one mesh, and moments that lie apart are compared patch by patch. A bent picture differs from itself by noise and by
 * what bending blurs: little, and at all times alike. Eyes that look elsewhere, lids that close and skin that moves
 * over bone differ now and then, and by more than any bending explains.
 * @returns 4 × the spread of the eyes' change (standard deviation of its logarithm) plus the logarithm of how far the
 * nose's change swings, as a share of its contrast; NaN with too few frames to compare
 */
export function measureExpression(frames: Track['frames']): number {
  const pairs = comparablePairs(
    frames
      .slice(0, MOST_FRAMES)
      .flatMap(({ timeMs, face }) => (face && isPlaced(face) ? [{ timeMs, face }] : [])),
  );
  if (pairs.length < LEAST_PAIRS) return Number.NaN;
  const faces = [...new Set(pairs.flat())];
  const canon = usual(faces.map(({ places }) => places));
  const unwarp = unwarper(canon);
  const layers = new Map(
    faces.map((face) => [face, layerOf(unwarp(face.closeUp, face.places))] as const),
  );
  const { eyes, nose, radius } = patchesOf(canon);
  const compare = (centre: Point) => comparePatch(pairs, layers, centre, radius);
  const spread = mean(eyes.map((centre) => deviation(compare(centre).map(logarithm))));
  return EYES_WEIGHT * spread + swing(nose.map(compare));
}

const EYES_WEIGHT = 4;
/** As the change of the skin: more than a recording of this length is no better judged. */
const MOST_FRAMES = 150;
const MOST_PAIRS = 60;
const LEAST_PAIRS = 5;
const APART_MS = 700;
/** Held alike: degrees of yaw and pitch. */
const ALIKE = 2.5;

/** False for a mesh that is no face, its points lying in one place or nowhere. */
function isPlaced({ closeUp, places }: TrackedFace): boolean {
  return closeUp.length === WIDTH * HEIGHT && places.every(Number.isFinite);
}

type Pair = readonly [TrackedFace, TrackedFace];

function comparablePairs(
  seen: readonly { readonly timeMs: number; readonly face: TrackedFace }[],
): Pair[] {
  const all: Pair[] = [];
  for (const [i, a] of seen.entries()) {
    for (const b of seen.slice(i + 1)) {
      if (b.timeMs - a.timeMs >= APART_MS && areAlike(a.face, b.face)) all.push([a.face, b.face]);
    }
  }
  const step = Math.max(1, Math.ceil(all.length / MOST_PAIRS));
  return all.filter((_, i) => i % step === 0);
}

function areAlike({ pose: a }: TrackedFace, { pose: b }: TrackedFace): boolean {
  return Math.abs(a.yaw - b.yaw) <= ALIKE && Math.abs(a.pitch - b.pitch) <= ALIKE;
}

/** Upper and lower lid of both eyes. */
const LIDS = [
  [159, 145],
  [386, 374],
] as const;

/** The mesh with open eyes: laid over it, a closed eye is not the open one squeezed. Median of the widest tenth. */
function usual(all: readonly Places[]): Places {
  const opening = (places: Places) =>
    LIDS.reduce(
      (sum, [upper, lower]) => sum + distance(pointOf(places, upper), pointOf(places, lower)),
      0,
    );
  const widest = [...all].sort((a, b) => opening(b) - opening(a));
  const chosen = widest.slice(0, Math.max(1, Math.round(all.length / 10)));
  return (chosen[0] as Places).map((_, k) =>
    quantile(
      chosen.map((places) => places[k] as number),
      0.5,
    ),
  );
}

function patchesOf(canon: Places) {
  const middle = (i: number, j: number): Point => {
    const [a, b] = [pointOf(canon, i), pointOf(canon, j)];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  const [left, right, nose] = [middle(33, 133), middle(362, 263), middle(4, 195)];
  const unit = distance(left, right);
  const step = unit * 0.17;
  const grid = ({ x, y }: Point, rows: readonly number[]) =>
    [-1, 0, 1].flatMap((i) => rows.map((j) => ({ x: x + i * step, y: y + j * step })));
  return {
    eyes: [...grid(left, [0]), ...grid(right, [0])],
    nose: grid(nose, [-1, 0, 1]),
    radius: unit * 0.14,
  };
}

interface PatchChange {
  /** Energies, grey levels squared. */
  readonly unexplained: number;
  readonly contrast: number;
}

function comparePatch(
  pairs: readonly Pair[],
  layers: ReadonlyMap<TrackedFace, Layer>,
  centre: Point,
  radius: number,
): PatchChange[] {
  const disc = discAt(centre, radius);
  const patches = new Map([...layers].map(([face, layer]) => [face, patchOf(layer, disc)]));
  return pairs.flatMap(([a, b]) => {
    const [patch, other] = [patches.get(a), layers.get(b)];
    if (!patch || !other) return [];
    return { unexplained: patchChange(patch, other, disc), contrast: patch.contrast };
  });
}

/** How far the change of all patches together swings from pair to pair, as a share of their contrast: logarithm. */
function swing(patches: readonly (readonly PatchChange[])[]): number {
  const sums = (of: (change: PatchChange) => number) =>
    (patches[0] ?? []).map((_, pair) =>
      patches.reduce((sum, patch) => sum + of(patch[pair] as PatchChange), 0),
    );
  const change = sums(({ unexplained }) => unexplained);
  const contrast = quantile(
    sums((patch) => patch.contrast),
    0.5,
  );
  return Math.log((quantile(change, 0.9) - quantile(change, 0.1)) / contrast);
}

function logarithm({ unexplained }: PatchChange): number {
  return Math.log(Math.max(1e-6, unexplained));
}

function pointOf(places: Places, i: number): Point {
  return { x: places[i * 2] as number, y: places[i * 2 + 1] as number };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
