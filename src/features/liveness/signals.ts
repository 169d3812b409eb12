import type { ChallengeScript } from './challenge.ts';
import { largestJump, shareRepeated } from './continuity.ts';
import { measureExpression } from './expression.ts';
import { type FlashAnswer, measureFlash } from './flash.ts';
import { faceSize, findMovements, matchMovements, measureMotion, median } from './movement.ts';
import { bulge, planeResidual } from './relief.ts';
import { sameFace } from './same-face.ts';
import { measureTexture } from './texture.ts';
import { measureTiming, namesEditor, namesProgram, type Timing } from './timing.ts';
import type { Track, TrackedFace } from './track.ts';

/** What the client says about its camera; nothing of it is trusted, a contradiction counts. */
export interface CaptureFacts {
  readonly deviceLabel?: string | undefined;
  /** In place of the label, where it was looked at before. */
  readonly isProgram?: boolean | undefined;
  /** Size that the camera was said to deliver. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Everything measured on a recording: the report plots each of them. NaN where it cannot be measured. */
export interface Signals extends Timing {
  /** Strength of the weakest answer to a step, in units of the smallest movement that counts; 0 when one is missing. */
  readonly weakestAnswer: number;
  /** Answered steps, as a share. */
  readonly answered: number;
  readonly unaskedMovements: number;
  /** Restlessness before the first prompt, in the same units. */
  readonly unrest: number;
  /** Median over turns and nods: what no plane's movement explains, as a share of the distance between the eyes. */
  readonly relief: number;
  /** Growth of the nose against the outline when coming closer: logarithm. */
  readonly bulge: number;
  /** How much the face changes from frame to frame while it is held alike, and over longer times. */
  readonly textureNear: number;
  readonly textureFar: number;
  /** Both in one: see `measureTexture`. */
  readonly living: number;
  /** How unevenly eyes and nose change, a bent picture's bending undone: see `measureExpression`. */
  readonly expression: number;
  /** Median height of the highest peak that a raster would make, decibels: see `rasterPeak`. */
  readonly raster: number;
  /** Median share of straight edge around the face: see `frameAround`. */
  readonly frame: number;
  /** Share of the sampled frames that repeat the one before. */
  readonly repeated: number;
  /** Frames from one key frame to the next, on average. */
  readonly keyFrameEvery: number;
  readonly leastCosine: number;
  readonly isOtherFace: boolean;
  readonly mostFaces: number;
  /** The largest single step of face and picture together, against the moments around: see `largestJump`. */
  readonly jump: number;
  /** Typical change of the face's size between frames: logarithm, the upper tenth. */
  readonly wobble: number;
  /** Least opening of the eyes against their usual one: below 0.6 is a blink. */
  readonly leastEyes: number;
  readonly flash: FlashAnswer | undefined;
  readonly namesProgram: boolean;
  readonly namesEditor: boolean;
  readonly isOtherSize: boolean;
}

/** After the first prompt nobody moves yet for this long. */
const REACTION_MS = 100;

export function measureSignals(
  script: ChallengeScript,
  recorded: Track,
  capture: CaptureFacts = {},
): Signals {
  const track = recorded.frames.length > MOST_FRAMES ? shortened(recorded) : recorded;
  const restUntilMs = (script.steps[0]?.startMs ?? 0) + REACTION_MS;
  const { leastCosine, isOther } = sameFace(track.identities);
  const texture = measureTexture(track.frames);
  return {
    ...measureTiming(script, track),
    ...measureMovements(script, track, restUntilMs),
    textureNear: texture.near,
    textureFar: texture.far,
    living: texture.both,
    expression: measureExpression(track.frames),
    raster: median(track.looks.map(({ raster }) => raster)),
    frame: median(track.looks.map(({ frame }) => frame)),
    repeated: shareRepeated(track.frames),
    keyFrameEvery: track.timesMs.length / Math.max(1, track.video.keyFrames.length),
    leastCosine,
    isOtherFace: isOther,
    mostFaces: track.mostFaces,
    jump: largestJump(track.frames),
    wobble: measureWobble(track),
    leastEyes: leastEyes(track),
    flash: measureFlash(script.flashes, track.frames),
    namesProgram: capture.isProgram ?? namesProgram(capture.deviceLabel ?? ''),
    namesEditor: namesEditor(track.video.writtenBy),
    isOtherSize: isOtherSize(track.video, capture),
  };
}

/** The tracker samples fewer; whoever sends more shall not cost more. */
const MOST_FRAMES = 600;

function shortened(track: Track): Track {
  return { ...track, frames: track.frames.slice(0, MOST_FRAMES) };
}

type MovementSignals = Pick<
  Signals,
  'weakestAnswer' | 'answered' | 'unaskedMovements' | 'unrest' | 'relief' | 'bulge'
>;

function measureMovements(
  script: ChallengeScript,
  track: Track,
  restUntilMs: number,
): MovementSignals {
  const motion = measureMotion(track, restUntilMs);
  const rest = faceAt(track, restUntilMs);
  if (!motion || !rest) {
    const unknown = { unrest: Number.NaN, relief: Number.NaN, bulge: Number.NaN };
    return { weakestAnswer: 0, answered: 0, unaskedMovements: 0, ...unknown };
  }
  const events = findMovements(motion);
  const { answers, unasked } = matchMovements(script.steps, events);
  const during = (kinds: readonly string[], measure: (face: TrackedFace) => number) =>
    median(
      events
        .filter(({ movement }) => kinds.includes(movement))
        .map(({ onsetMs, endMs }) => median(facesBetween(track, onsetMs, endMs).map(measure))),
    );
  return {
    weakestAnswer: answers.length > 0 ? Math.min(...answers) : 0,
    answered:
      answers.length > 0 ? answers.filter((answer) => answer > 0).length / answers.length : 0,
    unaskedMovements: unasked,
    unrest: motion.unrest,
    relief: during(['turn_left', 'turn_right', 'nod'], (face) => planeResidual(rest, face)),
    bulge: during(['come_closer'], (face) => bulge(rest, face)),
  };
}

function measureWobble({ frames }: Track): number {
  const sizes = frames.flatMap(({ face }) => (face ? [Math.log(faceSize(face))] : []));
  const changes = sizes.slice(1).map((size, i) => Math.abs(size - (sizes[i] as number)));
  changes.sort((a, b) => a - b);
  return changes[Math.floor(changes.length * 0.9)] ?? Number.NaN;
}

/** The face in the middle of the rest. */
function faceAt(track: Track, restUntilMs: number): TrackedFace | undefined {
  const resting = facesBetween(track, 0, restUntilMs);
  return resting[resting.length >> 1];
}

function facesBetween({ frames }: Track, fromMs: number, toMs: number): TrackedFace[] {
  return frames.flatMap(({ timeMs, face }) =>
    face && timeMs >= fromMs && timeMs <= toMs ? [face] : [],
  );
}

/** Lids of each eye: two pairs over the width (Soukupová and Čech 2016). */
const EYES = [
  [33, 160, 158, 133, 153, 144],
  [362, 385, 387, 263, 373, 380],
] as const;

function leastEyes({ frames }: Track): number {
  const openings = frames.flatMap(({ face }) => (face ? [eyesOpen(face.points)] : []));
  const usual = median(openings);
  return usual > 0 ? Math.min(...openings) / usual : Number.NaN;
}

function eyesOpen(points: Float32Array): number {
  const apart = (i: number, j: number) =>
    Math.hypot(
      (points[i * 3] as number) - (points[j * 3] as number),
      (points[i * 3 + 1] as number) - (points[j * 3 + 1] as number),
    );
  const ratios = EYES.map(([a, b, c, d, e, f]) => (apart(b, f) + apart(c, e)) / (2 * apart(a, d)));
  return Math.min(...ratios);
}

/** Browsers may turn or halve a picture, never change its proportions. */
function isOtherSize(video: Track['video'], { width, height }: CaptureFacts): boolean {
  if (!width || !height || !video.width || !video.height) return false;
  const said = Math.max(width, height) / Math.min(width, height);
  const found = Math.max(video.width, video.height) / Math.min(video.width, video.height);
  return (
    Math.abs(said / found - 1) > 0.02 ||
    Math.max(video.width, video.height) > Math.max(width, height) * 1.02
  );
}
