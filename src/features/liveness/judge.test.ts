import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import { drawTrack, embedding, trackOf } from '../../../test/support/tracks.ts';
import type { Pose } from '../../vision/tasks/pose.ts';
import { type Challenge, createChallenge } from './challenge.ts';
import { ACTIVE_THRESHOLD, judge } from './judge.ts';
import { findMovements, matchMovements, measureMotion } from './movement.ts';
import type { Track, TrackFrame } from './track.ts';

const issue = (seed: number): Challenge => {
  const rng = seeded(seed);
  return createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);
};

describe('the judge', () => {
  it('accepts people who answer their own challenge', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const script = issue(seed);
      const { verdict, score, reasons } = judge(script, drawTrack({ script, seed }));
      expect([seed, verdict, reasons.filter((code) => code === 'MOVEMENT_MISSING')]).toEqual([
        seed,
        'live',
        [],
      ]);
      expect(score).toBeGreaterThanOrEqual(ACTIVE_THRESHOLD);
    }
  });

  it('gives the same judgement every time', () => {
    const script = issue(3);
    const track = drawTrack({ script });
    expect(judge(script, track)).toEqual(judge(script, structuredClone(track)));
  });

  it('refuses a picture that is moved as a head would be: its skin does not live', () => {
    const script = issue(4);
    expect(judge(script, drawTrack({ script, life: 0.1 })).reasons).toContain('FACE_FROZEN');
  });

  it('refuses a plane even if it were taken for a turned head', () => {
    const script = issue(5);
    expect(judge(script, drawTrack({ script, depth: 0 })).reasons).toContain('FLAT_FACE');
  });

  it('refuses somebody else in between, a second person, and a face that leaves', () => {
    const script = issue(6);
    const track = drawTrack({ script });
    const other = { ...track, identities: [embedding(0), embedding(1), embedding(0)] };
    expect(judge(script, other).reasons).toContain('FACE_CHANGED');
    expect(judge(script, { ...track, mostFaces: 2 }).reasons).toContain('MULTIPLE_FACES_DETECTED');
    const left = track.frames.map(({ face, ...frame }) =>
      frame.timeMs > 3_000 && frame.timeMs < 4_500 ? frame : { ...frame, ...(face && { face }) },
    );
    expect(judge(script, trackOf(left)).reasons).toContain('FACE_LEFT');
  });

  it('refuses a camera that calls itself a program, and notes a size that the camera does not have', () => {
    const script = issue(7);
    const track = drawTrack({ script });
    expect(judge(script, track, { deviceLabel: 'OBS Virtual Camera' }).reasons).toContain(
      'VIRTUAL_CAMERA',
    );
    expect(judge(script, track, { deviceLabel: 'FaceTime HD Camera' }).verdict).toBe('live');
    const small = judge(script, track, { width: 320, height: 240 });
    expect(small.reasons).toContain('RESOLUTION_MISMATCH');
  });

  it.each([
    ['SCREEN_RASTER_SEEN', { raster: 25 }],
    ['FRAME_AROUND_FACE', { frame: 1 }],
  ])('sends to a human, and no farther, where it sees traces of a picture: %s', (code, trace) => {
    const script = issue(10);
    const track = drawTrack({ script });
    const looks = track.looks.map((look) => ({ ...look, ...trace }));
    const { score, reasons } = judge(script, { ...track, looks });
    expect(reasons).toContain(code);
    expect(score).toBe(25);
  });

  it('sends to a human what repeats its frames', () => {
    const script = issue(11);
    const { frames } = drawTrack({ script });
    const halting = frames.map((frame, i) => ({
      ...frame,
      thumb: frames[i - (i % 8 === 0 && i > 0 ? 1 : 0)]?.thumb ?? frame.thumb,
    }));
    expect(judge(script, trackOf(frames)).reasons).not.toContain('FRAMES_REPEATED');
    expect(judge(script, trackOf(halting))).toMatchObject({ score: 25 });
  });

  it('takes a nod for one although the head is carried lower from then on', () => {
    const script = issue(12);
    const { frames } = drawTrack({ script });
    const lowered = frames.map((frame) =>
      frame.face
        ? { ...frame, face: { ...frame.face, pose: lower(frame.face.pose, frame.timeMs / 1_000) } }
        : frame,
    );
    const { signals } = judge(script, trackOf(lowered));
    expect(signals.weakestAnswer).toBeGreaterThan(1);
    expect(signals.unaskedMovements).toBe(0);
  });

  it('takes a recording that ends early, or jumps once, for what it is', () => {
    const script = issue(8);
    const track = drawTrack({ script });
    const short = track.frames.filter(({ timeMs }) => timeMs < script.durationMs * 0.8);
    expect(judge(script, trackOf(short)).reasons).toContain('RECORDING_TOO_SHORT');
    const cut = track.frames.map((frame) => (frame.timeMs > 3_000 ? shifted(frame) : frame));
    expect(judge(script, trackOf(cut)).reasons).toContain('RECORDING_SPLICED');
  });

  it('sees the colours of the screen on a face that reflects them, and says when it does not', () => {
    const script = issue(9);
    const track = drawTrack({ script });
    expect(judge(script, track).reasons).toContain('FLASH_NOT_REFLECTED');
    const shades = { white: 1, dark: 0.1 } as Record<string, number>;
    const lit = track.frames.map((frame) => {
      const at = frame.timeMs - 100;
      const { colour } = script.flashes.find(
        (flash) => at >= flash.startMs && at < flash.endMs,
      ) ?? {
        colour: 'white',
      };
      const tint = (channel: RegExp) => (channel.test(colour) ? 8 : (shades[colour] ?? 0) * 4);
      const skin = [
        150 + tint(/red|yellow|magenta/),
        120 + tint(/green|yellow|cyan/),
        100 + tint(/blue|magenta|cyan/),
      ] as const;
      return frame.face ? { ...frame, face: { ...frame.face, skin } } : frame;
    });
    const { reasons, signals } = judge(script, trackOf(lit));
    expect(reasons).not.toContain('FLASH_NOT_REFLECTED');
    expect(signals.flash?.delayMs).toBeCloseTo(100, -2);
  });
});

/** Sinks by a degree each second. */
function lower(pose: Pose, seconds: number): Pose {
  return { ...pose, pitch: pose.pitch - seconds };
}

/** The same head elsewhere in another light, as after a cut. */
function shifted(frame: TrackFrame): TrackFrame {
  const thumb = frame.thumb.map((value) => value + 60);
  if (!frame.face) return { ...frame, thumb };
  const chip = frame.face.chip.map((value, i) => value + (i % 2) * 50);
  const points = frame.face.points.map((value) => value + 12);
  return { ...frame, thumb, face: { ...frame.face, chip, points } };
}

describe('binding to the challenge', () => {
  const movementsOf = (track: Track) => {
    // Every challenge begins with the same rest.
    const motion = measureMotion(track, 1_100);
    return motion ? findMovements(motion) : [];
  };
  const answers = (script: Challenge, made: ReturnType<typeof movementsOf>) => {
    const match = matchMovements(script.steps, made);
    return match.answers.every((answer) => answer > 0) && match.unasked === 0;
  };
  const passes = (script: Challenge, track: Track) => answers(script, movementsOf(track));

  it('passes its own challenge, and at most one of a hundred others', () => {
    const others = Array.from({ length: 1_000 }, (_, i) => issue(10_000 + i));
    for (let seed = 1; seed <= 20; seed++) {
      const script = issue(seed);
      const track = drawTrack({ script, seed });
      expect(passes(script, track)).toBe(true);
      const made = movementsOf(track);
      const wrongly = others.filter((other) => answers(other, made)).length;
      expect(wrongly).toBeLessThanOrEqual(10);
    }
  });

  it('never passes with parts in another order or left out', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const script = issue(seed);
      const { frames } = drawTrack({ script, seed });
      const [a, b, c] = script.steps;
      if (!a || !b || !c) throw new Error('a challenge has at least three steps');
      const part = ({ startMs, endMs }: typeof a) =>
        frames.filter(({ timeMs }) => timeMs >= startMs && timeMs < endMs);
      const before = frames.filter(({ timeMs }) => timeMs < a.startMs);
      const after = frames.filter(({ timeMs }) => timeMs >= b.endMs);
      expect(passes(script, trackOf(retime([...before, ...part(b), ...part(a), ...after])))).toBe(
        false,
      );
      expect(passes(script, trackOf(retime([...before, ...part(a), ...after])))).toBe(false);
      expect(passes(script, trackOf(before))).toBe(false);
    }
  });

  function retime(frames: readonly TrackFrame[]): TrackFrame[] {
    return frames.map((frame, i) => ({ ...frame, timeMs: i * 100 }));
  }
});
