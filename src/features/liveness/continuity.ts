import { median } from './movement.ts';
import type { Track, TrackedFace } from './track.ts';

/**
 * How much the recording jumps from one frame to the next, against the moments before and after. A movement swells
 * and ebbs, a lost frame makes one step larger; a cut moves the place of the face, its looks and the whole picture
 * at once. Product of the three ratios, the largest of all frames: below 4 in one piece, from 9 where two parts
 * were put together.
 */
export function largestJump(frames: Track['frames']): number {
  const seen = frames.flatMap(({ timeMs, thumb, face }) => (face ? [{ timeMs, thumb, face }] : []));
  const series = [
    (i: number) => displacement(seen[i - 1]?.face, seen[i]?.face),
    (i: number) => change(seen[i - 1]?.face.chip, seen[i]?.face.chip),
    (i: number) => change(seen[i - 1]?.thumb, seen[i]?.thumb),
  ].map((measure) =>
    seen.map((frame, i) => {
      const before = seen[i - 1];
      if (!before) return 0;
      const steps = Math.max(0.9, (frame.timeMs - before.timeMs) / STEP_MS);
      return measure(i) / steps;
    }),
  );
  const usual = series.map((values) => median(values.slice(1)));
  let largest = 0;
  for (let i = 2; i + 1 < seen.length; i++) {
    const ratios = series.map((values, k) => {
      const around = Math.max(values[i - 1] as number, values[i + 1] as number);
      return (values[i] as number) / (around + (usual[k] as number) + LEAST);
    });
    largest = Math.max(
      largest,
      ratios.reduce((product, ratio) => product * ratio, 1),
    );
  }
  return largest;
}

/** Grey levels of the tiny picture: the noise of any camera changes more. */
const LEAST_CHANGE = 0.05;
/** The same against the usual change: a codec does not repeat a frame exactly. */
const LEAST_SHARE = 0.06;

/** Share of the frames that show again what the frame before showed, as a feed does that is slower than its clock. */
export function shareRepeated(frames: Track['frames']): number {
  const changes = frames.slice(1).map(({ thumb }, i) => change(frames[i]?.thumb, thumb));
  const least = Math.max(LEAST_CHANGE, LEAST_SHARE * median(changes));
  return changes.length === 0
    ? 0
    : changes.filter((value) => value < least).length / changes.length;
}

/** A usual time between sampled frames. */
const STEP_MS = 90;
/** Keeps a picture that does not move at all from making much of nothing. */
const LEAST = 1e-3;

/** Of eyes and nose, as a percentage of the distance between the eyes. */
function displacement(a: TrackedFace | undefined, b: TrackedFace | undefined): number {
  if (!a || !b) return 0;
  const [from, to] = [centre(a.points), centre(b.points)];
  const eyes = Math.hypot(
    (a.points[33 * 3] as number) - (a.points[263 * 3] as number),
    (a.points[33 * 3 + 1] as number) - (a.points[263 * 3 + 1] as number),
  );
  return (100 * Math.hypot(to[0] - from[0], to[1] - from[1])) / Math.max(1, eyes);
}

function centre(points: Float32Array): [number, number] {
  const mean = (axis: number) =>
    [33, 263, 4].reduce((sum, i) => sum + (points[i * 3 + axis] as number), 0) / 3;
  return [mean(0), mean(1)];
}

/** Mean difference of grey levels. */
function change(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (!a || !b) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
