import type { Movement, MovementStep } from './challenge.ts';
import type { Track } from './track.ts';

/** How the head is held over time, relative to its rest at the beginning. */
export interface HeadMotion {
  readonly timesMs: readonly number[];
  /** Degrees; positive when the nose points to the right edge of the picture: the person's own left. */
  readonly yaw: readonly number[];
  /** Degrees; positive when the face looks up. */
  readonly pitch: readonly number[];
  /** Natural logarithm of the growth in size. */
  readonly nearness: readonly number[];
  /** Largest deviation within the rest itself, in units of the smallest movement that counts. */
  readonly unrest: number;
}

export interface MovementEvent {
  readonly movement: Movement;
  readonly onsetMs: number;
  readonly endMs: number;
  /** In units of the smallest movement that counts: 1 or more. */
  readonly strength: number;
}

/**
 * The smallest movement that counts. A flat picture turned by 25 degrees moves the mesh's own yaw by 5 and its
 * pitch by 3 at most, a picture bent by 15 % of its width by 9 and 5 (docs/liveness.md): these are out of its reach.
 */
const LEAST = { yawDegrees: 9.5, pitchDegrees: 7, logSize: Math.log(1.14) } as const;
/** Back at rest below this share of it: no flicker around the limit. */
const RELEASE = 0.6;
/** Two excursions of one kind closer than this are one movement: a nod goes down and up. */
const MERGE_MS = 450;
/** A movement is mixed with a little of others; what is weaker by this factor at the same time is no movement. */
const SHADOW = 1.25;
/** Nobody reacts faster, and nobody who follows starts later than shortly after the next prompt. */
const REACTION_MS = { least: 100, slack: 100 } as const;

export function measureMotion(track: Track, restUntilMs: number): HeadMotion | undefined {
  const seen = track.frames.flatMap(({ timeMs, face }) =>
    face ? [{ timeMs, yaw: face.pose.yaw, pitch: face.pose.pitch, size: faceSize(face) }] : [],
  );
  const resting = seen.filter(({ timeMs }) => timeMs <= restUntilMs);
  if (resting.length < 3) return undefined;
  const rest = {
    yaw: median(resting.map(({ yaw }) => yaw)),
    pitch: median(resting.map(({ pitch }) => pitch)),
    size: median(resting.map(({ size }) => size)),
  };
  const motion = {
    timesMs: seen.map(({ timeMs }) => timeMs),
    yaw: smooth(seen.map(({ yaw }) => yaw - rest.yaw)),
    pitch: smooth(seen.map(({ pitch }) => pitch - rest.pitch)),
    nearness: smooth(seen.map(({ size }) => Math.log(size / rest.size))),
  };
  const unrest = resting.map((_, i) => Math.max(...Object.values(strengthsAt(motion, i))));
  return { ...motion, unrest: Math.max(...unrest) };
}

/** Every movement that was made, in order. */
export function findMovements(motion: Omit<HeadMotion, 'unrest'>): MovementEvent[] {
  const strengths = motion.timesMs.map((_, i) => strengthsAt(motion, i));
  const events = (['turn_left', 'turn_right', 'nod', 'come_closer'] as const).flatMap((movement) =>
    excursions(
      movement,
      motion.timesMs,
      strengths.map((at) => at[movement]),
    ),
  );
  return events
    .filter((event) => !events.some((other) => shadows(other, event)))
    .sort((a, b) => a.onsetMs - b.onsetMs);
}

export interface MovementMatch {
  /** For each step the strength of the movement that answered it, 0 when none did. */
  readonly answers: readonly number[];
  /** Movements that no step asked for. */
  readonly unasked: number;
}

/** Which steps were answered: the right movement, begun while its prompt stood. */
export function matchMovements(
  steps: readonly MovementStep[],
  events: readonly MovementEvent[],
): MovementMatch {
  const asked = new Set<MovementEvent>();
  const answers = steps.map((step) => {
    const own = events.filter(
      (event) => event.movement === step.movement && answersStep(step, event),
    );
    for (const event of own) asked.add(event);
    return Math.max(0, ...own.map(({ strength }) => strength));
  });
  return { answers, unasked: events.length - asked.size };
}

function answersStep({ startMs, endMs }: MovementStep, { onsetMs }: MovementEvent): boolean {
  return onsetMs >= startMs + REACTION_MS.least && onsetMs <= endMs + REACTION_MS.slack;
}

function strengthsAt(
  { yaw, pitch, nearness }: Pick<HeadMotion, 'yaw' | 'pitch' | 'nearness'>,
  i: number,
): Record<Movement, number> {
  const turned = (yaw[i] ?? 0) / LEAST.yawDegrees;
  return {
    turn_left: turned,
    turn_right: -turned,
    nod: Math.abs(pitch[i] ?? 0) / LEAST.pitchDegrees,
    come_closer: (nearness[i] ?? 0) / LEAST.logSize,
  };
}

function excursions(
  movement: Movement,
  timesMs: readonly number[],
  strengths: readonly number[],
): MovementEvent[] {
  const events: MovementEvent[] = [];
  let open: { onsetMs: number; endMs: number; strength: number } | undefined;
  const close = () => {
    if (!open) return;
    const before = events.at(-1);
    if (before && open.onsetMs - before.endMs <= MERGE_MS) {
      const strength = Math.max(before.strength, open.strength);
      events[events.length - 1] = { ...before, endMs: open.endMs, strength };
    } else events.push({ movement, ...open });
    open = undefined;
  };
  for (const [i, strength] of strengths.entries()) {
    const timeMs = timesMs[i] ?? 0;
    if (!open && strength >= 1) open = { onsetMs: timeMs, endMs: timeMs, strength };
    else if (open && strength >= RELEASE) {
      open = { ...open, endMs: timeMs, strength: Math.max(open.strength, strength) };
    } else close();
  }
  close();
  return events;
}

function shadows(other: MovementEvent, event: MovementEvent): boolean {
  const overlaps = other.onsetMs <= event.endMs && event.onsetMs <= other.endMs;
  return other.movement !== event.movement && overlaps && other.strength > event.strength * SHADOW;
}

type Face = NonNullable<Track['frames'][number]['face']>;

/** Mean of width (between the eyes) and height (forehead to nose: a mouth may open), the turn undone. */
export function faceSize({ points, pose }: Pick<Face, 'points' | 'pose'>): number {
  const width = distance(points, 33, 263) / cosine(pose.yaw);
  const height = distance(points, 10, 2) / cosine(pose.pitch);
  return Math.sqrt(width * height);
}

function distance(points: Float32Array, i: number, j: number): number {
  const dx = (points[i * 3] as number) - (points[j * 3] as number);
  const dy = (points[i * 3 + 1] as number) - (points[j * 3 + 1] as number);
  return Math.max(1e-3, Math.hypot(dx, dy));
}

function cosine(degrees: number): number {
  return Math.max(0.5, Math.cos((degrees * Math.PI) / 180));
}

/** Half way to the median of three: a single wild frame is no movement, and a quick nod stays one. */
function smooth(values: readonly number[]): number[] {
  return values.map((value, i) => {
    const usual = median([values[i - 1] ?? value, value, values[i + 1] ?? value]);
    return (value + usual) / 2;
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
