import type { ChallengeScript } from './challenge.ts';
import type { Track } from './track.ts';

/** What the times of the frames and the file say about how a recording came to be. */
export interface Timing {
  /** Frames a second over the whole recording. */
  readonly fps: number;
  /** Longest time without a frame, milliseconds. */
  readonly longestGapMs: number;
  /** Deviation of the time between frames as a share of it; 0 is a program's clock. */
  readonly irregularity: number;
  /** Share of the challenge that the recording covers. */
  readonly coverage: number;
  /** Of the sampled frames that show a face, within the challenge. */
  readonly faceShare: number;
  /** Longest time without a face, milliseconds. */
  readonly longestAbsenceMs: number;
  /** Times that no recording has: not ascending, not finite, before the start. */
  readonly isForged: boolean;
}

export function measureTiming({ durationMs }: ChallengeScript, track: Track): Timing {
  const { timesMs, frames } = track;
  const steps = differences(timesMs);
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const variance = steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length;
  const isForged = !timesMs.every(Number.isFinite) || steps.some((step) => step <= 0);
  const span = (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0);
  const seen = frames.filter(({ face }) => face);
  return {
    fps: span > 0 ? ((timesMs.length - 1) * 1_000) / span : 0,
    longestGapMs: Math.max(0, ...differences(frames.map(({ timeMs }) => timeMs))),
    irregularity: steps.length > 0 && mean > 0 ? Math.sqrt(variance) / mean : 0,
    coverage: durationMs > 0 ? span / durationMs : 0,
    faceShare: frames.length > 0 ? seen.length / frames.length : 0,
    longestAbsenceMs: longestAbsence(frames, durationMs),
    isForged: isForged || (timesMs[0] ?? 0) < 0,
  };
}

function longestAbsence(frames: Track['frames'], durationMs: number): number {
  let longest = 0;
  let lastSeenMs = 0;
  for (const { timeMs, face } of frames) {
    if (timeMs > durationMs) break;
    if (!face) continue;
    longest = Math.max(longest, timeMs - lastSeenMs);
    lastSeenMs = timeMs;
  }
  const endMs = Math.min(durationMs, frames.at(-1)?.timeMs ?? 0);
  return Math.max(longest, endMs - lastSeenMs);
}

function differences(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] as number));
}

const PROGRAM_CAMERAS =
  /\b(obs|virtual|manycam|snap ?camera|xsplit|v4l2 ?loopback|dummy|droidcam|e2esoft|vcam|splitcam|camtwist|mmhmm|prism live|fake|screen capture)/i;

/** Whether the camera's own name says that it is a program. A name is easily changed: absence proves nothing. */
export function namesProgram(deviceLabel: string): boolean {
  return PROGRAM_CAMERAS.test(deviceLabel);
}

const EDITORS =
  /(adobe|premiere|after effects|final cut|davinci|capcut|imovie|handbrake|obs|kdenlive|shotcut|lavf|ffmpeg)/i;

/** Names of editing software in the file, against those of browsers and phones. */
export function namesEditor(writtenBy: Readonly<Record<string, string>>): boolean {
  return Object.values(writtenBy).some((name) => EDITORS.test(name));
}
