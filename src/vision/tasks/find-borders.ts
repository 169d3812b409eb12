import type { StepField } from '../image/colour-steps.ts';

/**
 * All points with `x·cos + y·sin = offset`, and what the picture's colour does there. A place `t` on it is the point
 * (cos·offset − sin·t, sin·offset + cos·t).
 */
export interface Border {
  readonly cos: number;
  readonly sin: number;
  readonly offset: number;
  /** The stretch on which the colour changes most alike. */
  readonly from: number;
  readonly to: number;
  /** How much and how long it changes there. */
  readonly weight: number;
  readonly profile: Profile;
}

/** Sums along a line, one entry a pixel; entry i is the sum before place `start` + i. */
export interface Profile {
  readonly start: number;
  /** Change of colour across the line, three channels. */
  readonly steps: Float32Array;
  /** Places at which there is an edge. */
  readonly edges: Float32Array;
}

const angleCount = 180;
/** Degrees by which a pixel's gradient may differ from the normal of a line it votes for. */
const tolerance = 10;
const edgeStep = 3;
const mostPeaks = 260;
const mostBorders = 96;
/** What a pixel of a stretch must bring. */
const leastBrought = 0.35;
/** A change that counts half as much as the largest. */
const usualStep = 4;

const cosines = Float64Array.from({ length: angleCount }, (_, a) =>
  Math.cos((a * Math.PI) / angleCount),
);
const sines = Float64Array.from({ length: angleCount }, (_, a) =>
  Math.sin((a * Math.PI) / angleCount),
);

/**
 * Straight borders between two colours, strongest first. A Hough transform whose votes are signed changes of colour:
 * the two edges of a stroke outvote each other, so do the threads of a cloth, and a faint border adds up.
 */
export function findBorders(field: StepField): readonly Border[] {
  const found = findPeaks(castVotes(field))
    .flatMap((peak) => measureBorder(field, peak))
    .sort((a, b) => b.weight - a.weight);
  const kept: Border[] = [];
  for (const border of found) {
    if (!kept.some((other) => isAlike(border, other))) kept.push(border);
    if (kept.length === mostBorders) break;
  }
  return kept;
}

interface Votes {
  /** Of each angle and offset three channels; offsets count from the middle of the picture. */
  readonly sums: Float32Array;
  readonly stride: number;
  /** Index of offset 0. */
  readonly half: number;
}

function castVotes({ width, height, right, down }: StepField): Votes {
  const half = Math.ceil(Math.hypot(width, height) / 2) + 4;
  const stride = 2 * half + 1;
  const sums = new Float32Array(angleCount * stride * 3);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, o = (y * width + 1) * 3; x < width - 1; x++, o += 3) {
      const [r0, r1, r2] = [right[o] as number, right[o + 1] as number, right[o + 2] as number];
      const [d0, d1, d2] = [down[o] as number, down[o + 1] as number, down[o + 2] as number];
      const xx = r0 * r0 + r1 * r1 + r2 * r2;
      const yy = d0 * d0 + d1 * d1 + d2 * d2;
      if (xx + yy === 0) continue;
      const direction = Math.atan2(2 * (r0 * d0 + r1 * d1 + r2 * d2), xx - yy) / 2;
      const centre = Math.round((direction / Math.PI) * angleCount) + angleCount;
      const [u, v] = [x + 0.5 - width / 2, y + 0.5 - height / 2];
      for (let a = centre - tolerance; a <= centre + tolerance; a++) {
        const angle = a % angleCount;
        const [cos, sin] = [cosines[angle] as number, sines[angle] as number];
        const bin = (angle * stride + half + Math.round(u * cos + v * sin)) * 3;
        sums[bin] = (sums[bin] as number) + r0 * cos + d0 * sin;
        sums[bin + 1] = (sums[bin + 1] as number) + r1 * cos + d1 * sin;
        sums[bin + 2] = (sums[bin + 2] as number) + r2 * cos + d2 * sin;
      }
    }
  }
  return { sums, stride, half };
}

interface Peak {
  readonly angle: number;
  readonly offset: number;
  readonly size: number;
}

/** The lines with most votes. */
function findPeaks({ sums, stride, half }: Votes): readonly Peak[] {
  const sizes = new Float32Array(angleCount * stride);
  for (let i = 0, o = 0; i < sizes.length; i++, o += 3) {
    const [r, g, b] = [sums[o] as number, sums[o + 1] as number, sums[o + 2] as number];
    sizes[i] = Math.sqrt(r * r + g * g + b * b);
  }
  const found: Peak[] = [];
  for (let angle = 0; angle < angleCount; angle++) {
    for (let r = 4; r < stride - 4; r++) {
      const size = sizes[angle * stride + r] as number;
      if (size >= leastVotes && isHighest(sizes, stride, angle, r))
        found.push({ angle, offset: r - half, size });
    }
  }
  return found.sort((a, b) => b.size - a.size).slice(0, mostPeaks);
}

/** Among the lines up to two degrees and three pixels away; −1° is 179° with the offset of the other sign. */
function isHighest(sizes: Float32Array, stride: number, angle: number, r: number): boolean {
  const size = sizes[angle * stride + r] as number;
  for (let a = angle - 2; a <= angle + 2; a++) {
    const isMirrored = a < 0 || a >= angleCount;
    const row = ((a + angleCount) % angleCount) * stride + (isMirrored ? stride - 1 - r : r);
    for (let i = row - 3; i <= row + 3; i++) if ((sizes[i] as number) > size) return false;
  }
  return true;
}
const leastVotes = 40;

/** Up to two stretches of a line. */
function measureBorder(field: StepField, { angle, offset: fromCentre }: Peak): readonly Border[] {
  const [cos, sin] = [cosines[angle] as number, sines[angle] as number];
  const line = { cos, sin, offset: fromCentre + (cos * field.width + sin * field.height) / 2 };
  const profile = measureProfile(field, line);
  const count = profile.edges.length - 1;
  const first = bestStretch(profile, 0, count);
  if (!first) return [];
  const rest = [bestStretch(profile, 0, first.from), bestStretch(profile, first.to, count)];
  const [second] = rest
    .filter((stretch) => stretch !== undefined)
    .sort((a, b) => b.weight - a.weight);
  return [first, second]
    .filter((stretch) => stretch !== undefined && stretch.weight > 0.3 * first.weight)
    .map((stretch) => ({
      ...line,
      profile,
      from: profile.start + (stretch?.from ?? 0),
      to: profile.start + (stretch?.to ?? 0),
      weight: stretch?.weight ?? 0,
    }));
}

function measureProfile(
  field: StepField,
  { cos, sin, offset }: Pick<Border, 'cos' | 'sin' | 'offset'>,
): Profile {
  const { width, height } = field;
  const [least, most] = placesWithin(cos, sin, offset, width, height);
  const start = Math.ceil(least);
  const count = Math.max(0, Math.floor(most) - start);
  const steps = new Float32Array((count + 1) * 3);
  const edges = new Float32Array(count + 1);
  const sum = [0, 0, 0] as [number, number, number];
  for (let i = 0; i < count; i++) {
    const t = start + i + 0.5;
    const size = addStep(field, cos, sin, cos * offset - sin * t, sin * offset + cos * t, sum);
    steps.set(sum, (i + 1) * 3);
    edges[i + 1] = (edges[i] as number) + (size > edgeStep ? 1 : 0);
  }
  return { start, steps, edges };
}

/** Adds the largest step across the line within a pixel of a point; answers its size. */
function addStep(
  { width, height, right, down }: StepField,
  cos: number,
  sin: number,
  x: number,
  y: number,
  sum: [number, number, number],
): number {
  let [best, r, g, b] = [0, 0, 0, 0];
  for (let d = -1; d <= 1; d++) {
    const px = Math.floor(x + d * cos);
    const py = Math.floor(y + d * sin);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const o = (py * width + px) * 3;
    const s0 = (right[o] as number) * cos + (down[o] as number) * sin;
    const s1 = (right[o + 1] as number) * cos + (down[o + 1] as number) * sin;
    const s2 = (right[o + 2] as number) * cos + (down[o + 2] as number) * sin;
    const size = s0 * s0 + s1 * s1 + s2 * s2;
    if (size > best) [best, r, g, b] = [size, s0, s1, s2];
  }
  sum[0] += r;
  sum[1] += g;
  sum[2] += b;
  return Math.sqrt(best);
}

/** The places of a line that lie in the picture, a pixel from its edge. */
function placesWithin(cos: number, sin: number, offset: number, width: number, height: number) {
  let [least, most] = [-1e6, 1e6];
  const limit = (base: number, slope: number, size: number) => {
    if (Math.abs(slope) < 1e-6) return;
    const [p, q] = [(1 - base) / slope, (size - 1 - base) / slope];
    least = Math.max(least, Math.min(p, q));
    most = Math.min(most, Math.max(p, q));
  };
  limit(cos * offset, -sin, width);
  limit(sin * offset, cos, height);
  return [least, most] as const;
}

/** Pixels over which the changes of a line are added up. */
const span = 16;

/**
 * Between two entries of a profile the stretch that changes most: the largest sum of the mean changes around each
 * place, less what it must bring (Kadane's algorithm).
 */
function bestStretch({ steps }: Profile, first: number, last: number) {
  let best = { from: first, to: first, weight: 0 };
  let sum = 0;
  let from = first;
  for (let i = first; i < last; i++) {
    const around = meanStep(steps, Math.max(first, i - span / 2), Math.min(last, i + span / 2));
    sum += around / (around + usualStep) - leastBrought;
    if (sum <= 0) {
      sum = 0;
      from = i + 1;
    } else if (sum > best.weight) best = { from, to: i + 1, weight: sum };
  }
  if (best.to - best.from < 8) return undefined;
  const evenness = meanOfQuarters(steps, best.from, best.to);
  return {
    ...best,
    weight:
      best.weight *
      (0.05 + evenness / (evenness + usualStep)) *
      insideness((best.to - best.from) / (steps.length / 3)),
  };
}

/** What runs from edge to edge of the picture is hardly the side of something in it. */
function insideness(share: number): number {
  return 1 - Math.max(0, share - 0.5);
}

/** Mean change of the quarters of a stretch, each for itself: the ground beside a border may change, a chequered one cancels. */
function meanOfQuarters(steps: Float32Array, from: number, to: number): number {
  const at = (quarter: number) => Math.round(from + (quarter * (to - from)) / 4);
  return [0, 1, 2, 3].reduce((sum, i) => sum + meanStep(steps, at(i), at(i + 1)) / 4, 0);
}

/** Length of the mean change between two entries of a profile. */
export function meanStep(steps: Float32Array, from: number, to: number): number {
  const [i, k] = [3 * from, 3 * to];
  const r = (steps[k] as number) - (steps[i] as number);
  const g = (steps[k + 1] as number) - (steps[i + 1] as number);
  const b = (steps[k + 2] as number) - (steps[i + 2] as number);
  return Math.sqrt(r * r + g * g + b * b) / Math.max(1, to - from);
}

/** Within three degrees, and the middle of the one within three pixels of the other. */
function isAlike(a: Border, b: Border): boolean {
  if (Math.abs(a.cos * b.sin - a.sin * b.cos) > 0.055) return false;
  const t = (a.from + a.to) / 2;
  const [x, y] = [a.cos * a.offset - a.sin * t, a.sin * a.offset + a.cos * t];
  const place = y * b.cos - x * b.sin;
  const isBeside = place > b.from - 10 && place < b.to + 10;
  return isBeside && Math.abs(x * b.cos + y * b.sin - b.offset) < 3;
}
