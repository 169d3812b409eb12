import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import { drawTrack, embedding, trackOf } from '../../../test/support/tracks.ts';
import { createChallenge } from './challenge.ts';
import { judge } from './judge.ts';
import { livenessReasons } from './liveness-reasons.ts';
import type { Track, TrackFrame } from './track.ts';

type Rng = () => number;
type Hostility = (track: Track, rng: Rng) => Track;

const withFrames = (
  track: Track,
  change: (frame: TrackFrame, i: number) => TrackFrame | undefined,
): Track =>
  trackOf(
    track.frames.flatMap((frame, i) => change(frame, i) ?? []),
    { identities: track.identities, mostFaces: track.mostFaces },
  );

const withTimes = (track: Track, times: (i: number) => number): Track =>
  withFrames(track, (frame, i) => ({ ...frame, timeMs: times(i) }));

const withoutFace = ({ timeMs, thumb }: TrackFrame): TrackFrame => ({ timeMs, thumb });

/** What people send who want to see what happens. None of it may be taken for a person. */
const hostilities: Readonly<Record<string, Hostility>> = {
  times_backwards: (track) => withTimes(track, (i) => -i * 100),
  times_equal: (track, rng) => withTimes(track, () => rng() * 0 + 500),
  times_infinite: (track) =>
    withTimes(track, (i) => (i === 3 ? Number.POSITIVE_INFINITY : i * 100)),
  times_unknown: (track) => withTimes(track, (i) => (i % 7 === 0 ? Number.NaN : i * 100)),
  times_shuffled: (track, rng) => withTimes(track, () => rng() * 9_000),
  times_slow: (track) => withTimes(track, (i) => i * 5_000),
  times_fast: (track) => withTimes(track, (i) => i),
  no_frame: () => trackOf([]),
  one_frame: (track, rng) => trackOf([track.frames[Math.floor(rng() * 20)] as TrackFrame]),
  two_frames: (track) => trackOf(track.frames.slice(0, 2)),
  ten_thousand_frames: ({ frames }) =>
    trackOf(
      Array.from({ length: 10_000 }, (_, i) => {
        const { face, thumb } = frames[i % frames.length] as TrackFrame;
        return { timeMs: i, thumb, ...(face && { face }) };
      }),
    ),
  two_people: (track) => ({ ...track, mostFaces: 2 }),
  other_person: (track, rng) => ({
    ...track,
    identities: [embedding(0), embedding(0.8 + rng()), embedding(0)],
  }),
  face_leaves: (track, rng) => {
    const at = 1_000 + rng() * 4_000;
    return withFrames(track, (frame) =>
      frame.timeMs > at && frame.timeMs < at + 1_400 ? withoutFace(frame) : frame,
    );
  },
  black: (track) =>
    withFrames(track, (frame) => ({ ...withoutFace(frame), thumb: new Uint8Array(1_024) })),
  face_every_tenth: (track) =>
    withFrames(track, (frame, i) => (i % 10 === 0 ? frame : withoutFace(frame))),
  points_unknown: (track) =>
    withFrames(track, (frame) =>
      withFace(frame, { points: new Float32Array(1_404).fill(Number.NaN) }),
    ),
  points_zero: (track) =>
    withFrames(track, (frame) => withFace(frame, { points: new Float32Array(1_404) })),
  pose_unknown: (track) =>
    withFrames(track, (frame) => withFace(frame, { pose: { yaw: Number.NaN, pitch: 0, roll: 0 } })),
  chips_empty: (track) =>
    withFrames(track, (frame) => withFace(frame, { chip: new Uint8Array(4_096) })),
  size_varies: (track, rng) =>
    withFrames(track, (frame, i) => {
      const factor = i % 3 === 0 ? 1 : 0.3 + rng();
      const points = frame.face?.points.map((value) => value * factor);
      return points ? withFace(frame, { points }) : frame;
    }),
  frames_missing: (track, rng) =>
    withFrames(track, (frame, i) => (i === 0 || rng() < 0.15 ? frame : undefined)),
};

function withFace(frame: TrackFrame, change: Partial<NonNullable<TrackFrame['face']>>): TrackFrame {
  return frame.face ? { ...frame, face: { ...frame.face, ...change } } : frame;
}

describe('hostile recordings', () => {
  const names = Object.keys(hostilities);
  // Two thousand in all. The long ones are dear to make and differ little: a few of them.
  const long = 10;
  const perKind = Math.ceil((2_000 - long) / (names.length - 1));
  const scripts = Array.from({ length: 8 }, (_, n) => {
    const rng = seeded(500 + n);
    return createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);
  });
  // Without close-ups: what they are measured for takes time, and may not be what refuses any of these.
  const honest = scripts.map((script, seed) =>
    withFrames(drawTrack({ script, seed }), (frame) =>
      withFace(frame, { closeUp: new Uint8Array() }),
    ),
  );

  it.each(names)('%s: all of them are refused with a reason', (name) => {
    const hostility = hostilities[name] as Hostility;
    const count = name === 'ten_thousand_frames' ? long : perKind;
    for (let i = 0; i < count; i++) {
      const n = i % scripts.length;
      const track = hostility(honest[n] as Track, seeded(i));
      const { verdict, score, reasons } = judge(scripts[n] as (typeof scripts)[number], track);
      expect([i, verdict]).toEqual([i, 'not_live']);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThan(50);
      expect(reasons.some((code) => livenessReasons[code].severity === 'error')).toBe(true);
    }
  });
});
