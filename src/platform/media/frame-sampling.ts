import type { FrameSampling } from '../../core/video.ts';

/**
 * Indices of the frames to hand out, ascending. `timesMs` are the frames' starts, ascending. The first and the last
 * frame are among the chosen when there is room for two.
 */
export function chooseFrames(timesMs: readonly number[], sampling: FrameSampling): number[] {
  const paced =
    sampling.fps === undefined ? [...timesMs.keys()] : pace(timesMs, 1_000 / sampling.fps);
  const { maxFrames = paced.length } = sampling;
  if (paced.length <= maxFrames) return paced;
  if (maxFrames < 2) return paced.slice(0, maxFrames);
  const step = (paced.length - 1) / (maxFrames - 1);
  return Array.from({ length: maxFrames }, (_, i) => paced[Math.round(i * step)] ?? 0);
}

/** Each tick of the period takes the first frame at or after it. */
function pace(timesMs: readonly number[], periodMs: number): number[] {
  const chosen: number[] = [];
  let due = Number.NEGATIVE_INFINITY;
  for (const [index, time] of timesMs.entries()) {
    // Timestamps are rounded to the container's clock: a millisecond early is on time.
    if (time < due - 1) continue;
    chosen.push(index);
    due = Math.max(due + periodMs, time - (time % periodMs) + periodMs);
  }
  return chosen;
}
