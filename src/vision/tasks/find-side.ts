import type { Point, RgbImage } from '../../core/image.ts';
import { sampleLine } from '../image/sample-colour.ts';

/** Where a side may lie: pixels along the inward normal of the line that is looked around, at its two ends. */
export interface SideWindow {
  readonly start: readonly [least: number, most: number];
  readonly end: readonly [least: number, most: number];
  /** Pixels between the places that are tried at an end. */
  readonly stride: number;
  /** What a shift of an end by its whole window costs, in the units of `evenness`. */
  readonly shiftCost: number;
}

export interface FoundSide {
  readonly from: Point;
  readonly to: Point;
  /** Length of the mean step of colour across it, 0…1. */
  readonly evenness: number;
}

const samples = 48;
/** A step of colour counts up to here: print is darker than a border, and is no better a border for that. */
const mostStep = 12;

/**
 * The lines in a window across which the colour changes most evenly: the same step from end to end, which print and
 * grain do not have. Best first, no two of them alike.
 */
export function findSides(
  image: RgbImage,
  from: Point,
  to: Point,
  window: SideWindow,
  most: number,
): readonly FoundSide[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const normal = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const least = Math.floor(Math.min(window.start[0], window.end[0]));
  const count = Math.ceil(Math.max(window.start[1], window.end[1])) - least + 1;
  const steps = measureSteps(image, from, to, normal, least, count);
  const tried: Tried[] = [];
  for (const start of placesIn(window.start, window.stride)) {
    for (const end of placesIn(window.end, window.stride)) {
      const evenness = evennessOf(steps, count, start - least, end - least);
      const cost = window.shiftCost * (costOf(start, window.start) + costOf(end, window.end));
      tried.push({ start, end, evenness, value: evenness - cost });
    }
  }
  const move = ({ x, y }: Point, d: number) => ({ x: x + d * normal.x, y: y + d * normal.y });
  return distinct(tried, most, 3 * window.stride).map(({ start, end, evenness }) => ({
    from: move(from, start),
    to: move(to, end),
    evenness,
  }));
}

interface Tried {
  readonly start: number;
  readonly end: number;
  readonly evenness: number;
  readonly value: number;
}

function placesIn([least, most]: readonly [number, number], stride: number): readonly number[] {
  const count = Math.max(1, Math.floor((most - least) / stride) + 1);
  return Array.from({ length: count }, (_, i) => Math.min(most, least + i * stride));
}

function costOf(shift: number, [least, most]: readonly [number, number]): number {
  const half = Math.max(1, (most - least) / 2);
  return ((shift - (least + most) / 2) / half) ** 2 / 2;
}

function distinct(tried: readonly Tried[], most: number, apart: number): readonly Tried[] {
  const kept: Tried[] = [];
  if (most === 1) return [tried.reduce((best, next) => (next.value > best.value ? next : best))];
  for (const next of [...tried].sort((a, b) => b.value - a.value)) {
    const isNew = kept.every(
      ({ start, end }) => Math.abs(start - next.start) + Math.abs(end - next.end) > 2 * apart,
    );
    if (isNew) kept.push(next);
    if (kept.length === most) break;
  }
  return kept;
}

/** Change of colour along the normal, three channels a place, limited; `samples` rows of `count` places. */
function measureSteps(
  image: RgbImage,
  from: Point,
  to: Point,
  normal: Point,
  least: number,
  count: number,
): Float32Array {
  const steps = new Float32Array(samples * count * 3);
  const colours = new Float64Array((count + 2) * 3);
  for (let i = 0; i < samples; i++) {
    const t = shareOf(i);
    const at = { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
    const first = { x: at.x + (least - 1) * normal.x, y: at.y + (least - 1) * normal.y };
    sampleLine(image, first, normal, count + 2, colours);
    for (let k = 0, o = i * count * 3; k < count; k++, o += 3) addStep(colours, 3 * k, steps, o);
  }
  return steps;
}

/** Half the difference of the colours before and after a place, limited to 1. */
function addStep(colours: Float64Array, k: number, steps: Float32Array, o: number): void {
  const r = ((colours[k + 6] as number) - (colours[k] as number)) / 2;
  const g = ((colours[k + 7] as number) - (colours[k + 1] as number)) / 2;
  const b = ((colours[k + 8] as number) - (colours[k + 2] as number)) / 2;
  const factor = 1 / Math.max(mostStep, Math.sqrt(r * r + g * g + b * b));
  steps[o] = r * factor;
  steps[o + 1] = g * factor;
  steps[o + 2] = b * factor;
}

/** The rounded corners are no part of the straight side. */
function shareOf(i: number): number {
  return 0.07 + (0.86 * (i + 0.5)) / samples;
}

/** Along the line that begins at place `start` and ends at `end`. */
function evennessOf(steps: Float32Array, count: number, start: number, end: number): number {
  let [r, g, b] = [0, 0, 0];
  for (let i = 0; i < samples; i++) {
    const place = Math.round(start + shareOf(i) * (end - start));
    const o = (i * count + place) * 3;
    r += steps[o] as number;
    g += steps[o + 1] as number;
    b += steps[o + 2] as number;
  }
  return Math.hypot(r, g, b) / samples;
}

/** Where the lines of two sides cross; undefined for parallel ones. */
export function crossSides(p: FoundSide, q: FoundSide): Point | undefined {
  const [px, py] = [p.to.x - p.from.x, p.to.y - p.from.y];
  const [qx, qy] = [q.to.x - q.from.x, q.to.y - q.from.y];
  const det = px * qy - py * qx;
  if (Math.abs(det) < 1e-6) return undefined;
  const t = ((q.from.x - p.from.x) * qy - (q.from.y - p.from.y) * qx) / det;
  return { x: p.from.x + t * px, y: p.from.y + t * py };
}
