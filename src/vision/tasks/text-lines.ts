import type { Point } from '../../core/image.ts';
import type { Component } from '../image/components.ts';

/** A run of evenly spaced marks on one straight line. Lengths in pixels of the picture searched. */
export interface TextLine {
  /** Centres of the first and last mark. The direction may be that of reading or its opposite. */
  readonly from: Point;
  readonly to: Point;
  readonly pitch: number;
  /** Typical size of a mark (root of its box). */
  readonly size: number;
  readonly marks: number;
}

interface Mark extends Point {
  readonly size: number;
}

const angleStep = Math.PI / 180;
const angles = Array.from({ length: 180 }, (_, i) => {
  const angle = (i - 90) * angleStep;
  return { cos: Math.cos(angle), sin: Math.sin(angle) };
});
const smallestMark = 4;
const largestMark = 72;
/** Lower ends of the overlapping ranges of sizes. */
const bandStarts = [30, 20, 13.5, 9, 6, 4] as const;
const fewestMarks = 9;
/** Two lines this full are a zone: no need to look at smaller marks. */
const fullLine = 28;
/** A crowded picture is cut off here, the first ones kept. */
const mostMarks = 6000;
/** Fullest lines that are looked at, per range of sizes. */
const mostPeaks = 80;

/**
 * Finds lines of fixed pitch at any angle: Hough transform of component centres (Duda & Hart 1972), one per
 * range of sizes, then regular runs along the fullest lines. Longest first.
 */
export function findTextLines(components: readonly Component[]): readonly TextLine[] {
  const marks = components.flatMap(toMark);
  const found: TextLine[] = [];
  // Large marks first: they are few, while print and noise fill the small sizes.
  for (const low of bandStarts) {
    const band = marks.filter(({ size }) => size >= low && size < low * 2.2).slice(0, mostMarks);
    if (band.length < fewestMarks) continue;
    for (const candidate of fullestLines(band, low)) {
      const run = longestRun(band, candidate, low);
      if (run) found.push(run);
    }
    if (hasZone(found)) break;
  }
  return withoutDoubles(found.sort((a, b) => b.marks - a.marks));
}

function toMark({ left, top, right, bottom, area, x, y }: Component): Mark[] {
  const width = right - left;
  const height = bottom - top;
  const longest = Math.max(width, height);
  const plausible =
    longest >= smallestMark &&
    longest <= largestMark &&
    longest <= 6 * Math.min(width, height) &&
    area >= 0.08 * width * height;
  // Centre of the box, not of the ink: an F and a < then lie on one line.
  const centre = { x: (left + right) / 2, y: (top + bottom) / 2 };
  return plausible ? [{ ...centre, size: Math.sqrt(width * height) || x + y }] : [];
}

function hasZone(lines: readonly TextLine[]): boolean {
  const full = lines.filter(({ marks }) => marks >= fullLine);
  return full.some((a) =>
    full.some((b) => {
      const isAlike = Math.abs(a.pitch - b.pitch) < 0.05 * a.pitch;
      return a !== b && isAlike && !isSameLine(a, b);
    }),
  );
}

interface Direction {
  readonly cos: number;
  readonly sin: number;
  /** Distance of the line from the origin along its normal. */
  readonly offset: number;
}

/** Local maxima of the accumulator: bins of half a mark, three of them together. */
function fullestLines(marks: readonly Mark[], size: number): Direction[] {
  const bin = size / 2;
  const peaks: (Direction & { count: number })[] = [];
  const reach = Math.max(...marks.map(({ x, y }) => Math.hypot(x, y)));
  const half = Math.ceil(reach / bin) + 2;
  const counts = new Uint16Array(2 * half + 1);
  for (const { cos, sin } of angles) {
    counts.fill(0);
    for (const { x, y } of marks) {
      const index = Math.round((y * cos - x * sin) / bin) + half;
      counts[index] = (counts[index] as number) + 1;
    }
    for (let i = 1; i < counts.length - 1; i++) {
      const count = near(counts, i);
      if (count < fewestMarks) continue;
      const isPeak = count >= near(counts, i - 1) && count > near(counts, i + 1);
      if (isPeak) peaks.push({ cos, sin, offset: (i - half) * bin, count });
    }
  }
  return peaks.sort((a, b) => b.count - a.count).slice(0, mostPeaks);
}

function near(counts: Uint16Array, i: number): number {
  return (counts[i - 1] ?? 0) + (counts[i] ?? 0) + (counts[i + 1] ?? 0);
}

/** The longest stretch whose gaps are one pitch or two, the pitch being the commonest gap. */
function longestRun(
  marks: readonly Mark[],
  { cos, sin, offset }: Direction,
  size: number,
): TextLine | undefined {
  const onLine: Placed[] = [];
  for (const mark of marks) {
    const across = mark.y * cos - mark.x * sin - offset;
    if (Math.abs(across) < 0.75 * size) onLine.push({ mark, along: mark.x * cos + mark.y * sin });
  }
  onLine.sort((a, b) => a.along - b.along);
  const pitch = commonestGap(onLine, size);
  if (pitch === undefined) return undefined;
  const run = longestRegular(onLine, pitch);
  return run.length >= fewestMarks ? fitLine(run, pitch) : undefined;
}

interface Placed {
  readonly mark: Mark;
  /** Place along the line. */
  readonly along: number;
}

/** Gaps of one to three pitches: broken glyphs give two marks in one place, lost ones leave a gap. */
function longestRegular(placed: readonly Placed[], pitch: number): readonly Mark[] {
  let best: Placed[] = [];
  let run: Placed[] = [];
  for (const entry of placed) {
    const last = run.at(-1);
    const gap = last ? entry.along - last.along : 0;
    if (last && gap < 0.5 * pitch) continue;
    const steps = Math.round(gap / pitch);
    const isRegular = steps <= 3 && Math.abs(gap - steps * pitch) < 0.32 * pitch;
    if (!last || !isRegular) run = [];
    run.push(entry);
    if (run.length > best.length) best = run;
  }
  return best.map(({ mark }) => mark);
}

/** Median of the gaps that are of the order of a mark. */
function commonestGap(placed: readonly Placed[], size: number): number | undefined {
  const gaps: number[] = [];
  for (let i = 1; i < placed.length; i++) {
    const gap = (placed[i]?.along ?? 0) - (placed[i - 1]?.along ?? 0);
    if (gap > 0.7 * size && gap < 3.5 * size) gaps.push(gap);
  }
  gaps.sort((a, b) => a - b);
  return gaps.length >= fewestMarks - 1 ? gaps[gaps.length >> 1] : undefined;
}

/** Total least squares through the marks, then the pitch as the slope of place over index. */
function fitLine(marks: readonly Mark[], roughPitch: number): TextLine {
  const n = marks.length;
  const mean = { x: 0, y: 0 };
  for (const { x, y } of marks) {
    mean.x += x / n;
    mean.y += y / n;
  }
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const { x, y } of marks) {
    xx += (x - mean.x) ** 2;
    xy += (x - mean.x) * (y - mean.y);
    yy += (y - mean.y) ** 2;
  }
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const along = marks
    .map(({ x, y }) => (x - mean.x) * cos + (y - mean.y) * sin)
    .sort((a, b) => a - b);
  const pitch = slopeOverIndex(along, roughPitch);
  const sizes = marks.map(({ size }) => size).sort((a, b) => a - b);
  const pointAt = (t: number) => ({ x: mean.x + t * cos, y: mean.y + t * sin });
  return {
    from: pointAt(along[0] ?? 0),
    to: pointAt(along.at(-1) ?? 0),
    pitch,
    size: sizes[n >> 1] ?? roughPitch,
    marks: n,
  };
}

function slopeOverIndex(positions: readonly number[], roughPitch: number): number {
  let index = 0;
  const points = positions.map((position, i) => {
    const gap = i === 0 ? 0 : position - (positions[i - 1] as number);
    index += Math.round(gap / roughPitch);
    return { index, position };
  });
  const n = points.length;
  const meanIndex = points.reduce((sum, p) => sum + p.index, 0) / n;
  const meanPosition = points.reduce((sum, p) => sum + p.position, 0) / n;
  let covariance = 0;
  let variance = 0;
  for (const p of points) {
    covariance += (p.index - meanIndex) * (p.position - meanPosition);
    variance += (p.index - meanIndex) ** 2;
  }
  return variance > 0 ? covariance / variance : roughPitch;
}

/** Two finds of one line: middles within one mark of the other's line, and mostly over each other. */
function withoutDoubles(lines: readonly TextLine[]): readonly TextLine[] {
  const kept: TextLine[] = [];
  for (const line of lines) {
    if (!kept.some((other) => isSameLine(line, other))) kept.push(line);
    if (kept.length === 40) break;
  }
  return kept;
}

function isSameLine(a: TextLine, b: TextLine): boolean {
  const length = Math.hypot(b.to.x - b.from.x, b.to.y - b.from.y);
  const cos = (b.to.x - b.from.x) / length;
  const sin = (b.to.y - b.from.y) / length;
  const onB = ({ x, y }: Point) => ({
    along: (x - b.from.x) * cos + (y - b.from.y) * sin,
    across: (y - b.from.y) * cos - (x - b.from.x) * sin,
  });
  const [p, q] = [onB(a.from), onB(a.to)];
  const middle = { along: (p.along + q.along) / 2, across: (p.across + q.across) / 2 };
  return (
    Math.abs(middle.across) < 0.8 * b.size &&
    middle.along > -0.3 * length &&
    middle.along < 1.3 * length
  );
}
