import type { Movement, MovementStep } from './challenge.ts';
import type { Track } from './track.ts';

/** How the head is held over time, relative to its rest at the beginning. */
export interface HeadMotion {
  readonly timesMs: readonly number[];
  /** Degrees; positive when the nose points to the right edge of the picture: the person's own left. */
  readonly yaw: readonly number[];
  /** Degrees against how the head is carried at the time; positive when the face looks up. */
  readonly pitch: readonly number[];
  /** Natural logarithm of the growth in size. */
  readonly nearness: readonly number[];
  /** Largest deviation within the rest itself, in units of the smallest movement that counts. */
  readonly unrest: number;
}

export interface MovementEvent {
  readonly movement: Movement;
  readonly onsetMs: number;
  /** When it had come to most of its strength: its time. The onset is lost where little unrest goes before. */
  readonly reachedMs: number;
  readonly endMs: number;
  /** In units of the smallest movement that counts: 1 or more. */
  readonly strength: number;
}

/**
 * The smallest movement that counts. A flat picture turned by 25 degrees moves the mesh's own yaw by 5 and its
 * pitch by 3 at most, a picture bent by 15 % of its width by 9 and 5 (docs/liveness.md): these are out of its reach.
 */
const LEAST = { yawDegrees: 9.5, pitchDegrees: 6, logSize: Math.log(1.14) } as const;
/** Back at rest below this share of it: no flicker around the limit. */
const RELEASE = 0.6;
/** A nod is over within a second: what the pitch is held at for longer is how the head is carried. */
const CARRIED_MS = 1_250;
/** What nobody asked for counts from this strength: looks and lips shake the pitch as little nods would. */
const UNASKED = { turn_left: 1, turn_right: 1, nod: 2, come_closer: 1 } as const;
/** Two excursions of one kind closer than this are one movement: a nod goes down and up. */
const MERGE_MS = 450;
/** A movement is mixed with a little of others; what is weaker by this factor at the same time is no movement. */
const SHADOW = 1.1;
/** Share of the strength at which a movement has come to most of it. */
const REACHED = 0.7;
/** Nobody is there faster, and nobody who follows comes later than shortly after the next prompt. */
const REACTION_MS = { least: 150, slack: 250 } as const;

export function measureMotion(track: Track, restUntilMs: number): HeadMotion | undefined {
  const seen = track.frames.flatMap(({ timeMs, face }) =>
    face ? [{ timeMs, yaw: face.pose.yaw, pitch: headPitch(face), size: faceSize(face) }] : [],
  );
  const resting = seen.filter(({ timeMs }) => timeMs <= restUntilMs);
  if (resting.length < 3) return undefined;
  const rest = {
    yaw: median(resting.map(({ yaw }) => yaw)),
    size: median(resting.map(({ size }) => size)),
  };
  const timesMs = seen.map(({ timeMs }) => timeMs);
  const pitches = seen.map(({ pitch }) => pitch);
  const motion = {
    timesMs,
    yaw: smooth(seen.map(({ yaw }) => yaw - rest.yaw)),
    pitch: smooth(aboutCarried(timesMs, pitches)),
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
  const unasked = events.filter(
    (event) => !asked.has(event) && event.strength >= UNASKED[event.movement],
  );
  return { answers, unasked: unasked.length };
}

function answersStep({ startMs, endMs }: MovementStep, { reachedMs }: MovementEvent): boolean {
  return reachedMs >= startMs + REACTION_MS.least && reachedMs <= endMs + REACTION_MS.slack;
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
  const at = (i: number) => timesMs[i] ?? 0;
  return spansOf(timesMs, strengths).map(([from, to]) => {
    const strength = Math.max(...strengths.slice(from, to + 1));
    const reached = strengths.findIndex((value, i) => i >= from && value >= strength * REACHED);
    return { movement, onsetMs: at(from), reachedMs: at(reached), endMs: at(to), strength };
  });
}

/** First and last index of each excursion. */
function spansOf(timesMs: readonly number[], strengths: readonly number[]): [number, number][] {
  const spans: [number, number][] = [];
  let open: number | undefined;
  const close = (to: number) => {
    const before = spans.at(-1);
    if (open === undefined) return;
    const pause = (timesMs[open] ?? 0) - (timesMs[before?.[1] ?? 0] ?? 0);
    if (before && pause <= MERGE_MS) before[1] = to;
    else spans.push([open, to]);
    open = undefined;
  };
  for (const [i, strength] of strengths.entries()) {
    if (open === undefined && strength >= 1) open = i;
    else if (open !== undefined && strength < RELEASE) close(i - 1);
  }
  close(strengths.length - 1);
  return spans;
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

/**
 * Degrees, near enough. The pitch that the net believes trembles with lips and brows; what it sees in the plane, how
 * far the tip of the nose lies below the ears along the line from forehead to chin, trembles otherwise. Nothing of
 * the second moves on a flat picture.
 */
function headPitch({ points, pose }: Pick<Face, 'points' | 'pose'>): number {
  const along = (...indices: readonly number[]) =>
    indices.reduce((sum, i) => sum + shareOfLine(points, i), 0) / indices.length;
  return pose.pitch - 50 * (along(1, 4) - along(127, 356));
}

/** Where a point lies between forehead (0) and chin (1). */
function shareOfLine(points: Float32Array, i: number): number {
  const at = (k: number) => [points[k * 3] as number, points[k * 3 + 1] as number] as const;
  const [[fx, fy], [cx, cy], [x, y]] = [at(10), at(152), at(i)];
  const [dx, dy] = [cx - fx, cy - fy];
  return ((x - fx) * dx + (y - fy) * dy) / Math.max(1, dx * dx + dy * dy);
}

/** Each value against the median of those around it in time. */
function aboutCarried(timesMs: readonly number[], values: readonly number[]): number[] {
  return values.map((value, i) => {
    const now = timesMs[i] as number;
    const around = values.filter((_, k) => Math.abs((timesMs[k] as number) - now) <= CARRIED_MS);
    return value - median(around);
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
