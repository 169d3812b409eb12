import { median } from './movement.ts';
import type { Track, TrackedFace } from './track.ts';

/**
 * Is the skin alive? The face is brought to one place and size in every frame; frames in which it is held alike are
 * compared. A living face differs from itself: looks, lids, lips, light and the noise of the camera. A picture of one
 * differs by nothing but the resampling, however cleverly it is moved.
 */
export interface TextureChange {
  /** Median over frames that follow each other: 0 alike, 1 unrelated. */
  readonly near: number;
  /** Median over frames at least `APART_MS` apart. */
  readonly far: number;
}

const CHIP_SIDE = 64;
const APART_MS = 700;
/** Every frame is compared with every other: more than a recording of this length is no better judged. */
const MOST_FRAMES = 150;
/** Held alike: degrees of yaw and pitch. */
const ALIKE_NEAR = 1.5;
const ALIKE_FAR = 2.5;

/** Eyes, nose and mouth on the chip of `describeFrame`. */
const FACE: readonly number[] = pixelsWhere(
  (x, y) => ((x - 0.5) / 0.2) ** 2 + ((y - 0.54) / 0.2) ** 2 <= 1,
);

export function measureTexture(frames: Track['frames']): TextureChange {
  const seen = frames
    .slice(0, MOST_FRAMES)
    .flatMap(({ timeMs, face }) => (face ? [{ timeMs, face, pixels: normalise(face.chip) }] : []));
  const near: number[] = [];
  const far: number[] = [];
  for (const [i, a] of seen.entries()) {
    for (let j = i + 1; j < seen.length; j++) {
      const b = seen[j] as (typeof seen)[number];
      if (j === i + 1 && areAlike(a.face, b.face, ALIKE_NEAR))
        near.push(difference(a.pixels, b.pixels));
      const isApart = b.timeMs - a.timeMs >= APART_MS;
      if (isApart && areAlike(a.face, b.face, ALIKE_FAR)) far.push(difference(a.pixels, b.pixels));
    }
  }
  return { near: median(near), far: median(far) };
}

function areAlike(a: TrackedFace, b: TrackedFace, degrees: number): boolean {
  return (
    Math.abs(a.pose.yaw - b.pose.yaw) <= degrees && Math.abs(a.pose.pitch - b.pose.pitch) <= degrees
  );
}

/** Zero mean and unit length, so that light and exposure do not count; NaN throughout where nothing can be seen. */
function normalise(chip: Uint8Array): Float32Array {
  const values = Float32Array.from(FACE, (i) => chip[i] ?? 0);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return values.map((value) => (value - mean) / length);
}

function difference(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += (a[i] as number) * (b[i] as number);
  return 1 - dot;
}

function pixelsWhere(counts: (x: number, y: number) => boolean): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < CHIP_SIDE * CHIP_SIDE; i++) {
    const x = ((i % CHIP_SIDE) + 0.5) / CHIP_SIDE;
    const y = (Math.floor(i / CHIP_SIDE) + 0.5) / CHIP_SIDE;
    if (counts(x, y)) pixels.push(i);
  }
  return pixels;
}
