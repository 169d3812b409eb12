import { median } from './movement.ts';
import { unexplainedChange } from './skin-change.ts';
import type { Track, TrackedFace } from './track.ts';

/**
 * Is the skin alive? The face is brought to one place and size in every frame; frames in which it is held alike are
 * compared, once each is laid over the other as well as it can be. A living face differs from itself: looks, lids,
 * lips, light. A picture of one differs by nothing but noise, however cleverly it is moved.
 */
export interface TextureChange {
  /** Median over frames that follow each other: share of the face's contrast that no displacement explains. */
  readonly near: number;
  /** Of frames at least `APART_MS` apart, what a fifth of the pairs exceed: somebody who holds still moves in the end. */
  readonly far: number;
  /** Both in one: their geometric mean. */
  readonly both: number;
}

const APART_MS = 700;
/** Every frame is compared with many others: more than a recording of this length is no better judged. */
const MOST_FRAMES = 150;
/** Pairs that lie apart: enough for a quantile. */
const MOST_FAR = 300;
/** Held alike: degrees of yaw and pitch. */
const ALIKE_NEAR = 1.5;
const ALIKE_FAR = 2.5;

export function measureTexture(frames: Track['frames']): TextureChange {
  const seen = frames
    .slice(0, MOST_FRAMES)
    .flatMap(({ timeMs, face }) => (face ? [{ timeMs, face }] : []));
  const near: [TrackedFace, TrackedFace][] = [];
  const far: [TrackedFace, TrackedFace][] = [];
  for (const [i, a] of seen.entries()) {
    for (let j = i + 1; j < seen.length; j++) {
      const b = seen[j] as (typeof seen)[number];
      const pair: [TrackedFace, TrackedFace] = [a.face, b.face];
      if (j === i + 1 && areAlike(...pair, ALIKE_NEAR)) near.push(pair);
      if (b.timeMs - a.timeMs >= APART_MS && areAlike(...pair, ALIKE_FAR)) far.push(pair);
    }
  }
  const change = ([a, b]: readonly [TrackedFace, TrackedFace]) => unexplainedChange(a.chip, b.chip);
  const step = Math.max(1, Math.ceil(far.length / MOST_FAR));
  const apart = far.filter((_, i) => i % step === 0).map(change);
  apart.sort((a, b) => a - b);
  const values = {
    near: median(near.map(change)),
    far: apart[Math.floor(apart.length * 0.8)] ?? Number.NaN,
  };
  return { ...values, both: Math.sqrt(values.near * values.far) };
}

function areAlike(a: TrackedFace, b: TrackedFace, degrees: number): boolean {
  return (
    Math.abs(a.pose.yaw - b.pose.yaw) <= degrees && Math.abs(a.pose.pitch - b.pose.pitch) <= degrees
  );
}
