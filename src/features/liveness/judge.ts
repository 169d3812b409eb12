import type { ChallengeScript } from './challenge.ts';
import type { LivenessDecision } from './decide-passive.ts';
import { type LivenessReasonCode, livenessReasons } from './liveness-reasons.ts';
import { type CaptureFacts, measureSignals, type Signals } from './signals.ts';
import type { Track } from './track.ts';

export interface Judgement extends LivenessDecision {
  readonly score: number;
  readonly signals: Signals;
  /** 0…100 of each rule: the score is the least of them. */
  readonly parts: Readonly<Record<string, number>>;
}

/** At and above: live. Where each rule has its own operating point, see `rules`. */
export const ACTIVE_THRESHOLD = 50;

/**
 * A rule gives 0 at `none`, 50 at `half` (its operating point) and 100 at `full`, on straight lines between. A chain
 * is as strong as its weakest link: an attack has to pass every rule, and the rule that it fails is its reason.
 * Operating points were fixed on the tuning people of the attack laboratory (docs/liveness.md).
 */
interface Rule {
  readonly reason: LivenessReasonCode;
  readonly none: number;
  readonly half: number;
  readonly full: number;
  /** Never less: what honest people may have around them is a matter for a human, not for a refusal. */
  readonly floor?: number;
  value(signals: Signals): number;
}

const rules: Readonly<Record<string, Rule>> = {
  presence: {
    reason: 'NO_FACE_DETECTED',
    none: 0,
    half: 0.05,
    full: 0.5,
    value: ({ faceShare }) => faceShare,
  },
  one_person: {
    reason: 'MULTIPLE_FACES_DETECTED',
    none: 2,
    half: 1.5,
    full: 1,
    value: ({ mostFaces }) => mostFaces,
  },
  same_face: {
    reason: 'FACE_CHANGED',
    none: 1,
    half: 0.5,
    full: 0,
    value: ({ isOtherFace }) => Number(isOtherFace),
  },
  always_seen: {
    reason: 'FACE_LEFT',
    none: 1_600,
    half: 900,
    full: 300,
    value: ({ longestAbsenceMs }) => longestAbsenceMs,
  },
  coverage: {
    reason: 'RECORDING_TOO_SHORT',
    none: 0.9,
    half: 0.95,
    full: 0.99,
    value: ({ coverage }) => coverage,
  },
  frame_rate: {
    reason: 'RECORDING_INCOMPLETE',
    none: 3,
    half: 6,
    full: 9,
    value: ({ fps }) => fps,
  },
  gaps: {
    reason: 'RECORDING_INCOMPLETE',
    none: 1_000,
    half: 600,
    full: 250,
    value: ({ longestGapMs }) => longestGapMs,
  },
  times: {
    reason: 'FRAME_TIMING_FORGED',
    none: 1,
    half: 0.5,
    full: 0,
    value: ({ isForged }) => Number(isForged),
  },
  movements: {
    reason: 'MOVEMENT_MISSING',
    none: 0.9,
    half: 1,
    full: 1.4,
    value: ({ weakestAnswer }) => weakestAnswer,
  },
  nothing_else: {
    reason: 'MOVEMENT_UNASKED',
    none: 1,
    half: 0.5,
    full: 0,
    value: ({ unaskedMovements }) => unaskedMovements,
  },
  relief: {
    reason: 'FLAT_FACE',
    none: 0.01,
    half: 0.02,
    full: 0.04,
    value: ({ relief }) => relief,
  },
  living_skin: {
    reason: 'FACE_FROZEN',
    none: Math.log(0.001),
    half: Math.log(0.0022),
    full: Math.log(0.004),
    value: ({ living }) => Math.log(living),
  },
  own_face: {
    reason: 'FACE_WARPED',
    none: -5,
    half: -3.72,
    full: -2.5,
    floor: 25,
    value: ({ expression }) => expression,
  },
  no_raster: {
    reason: 'SCREEN_RASTER_SEEN',
    none: 22,
    half: 14.5,
    full: 12.5,
    floor: 25,
    value: ({ raster }) => raster,
  },
  no_frame: {
    reason: 'FRAME_AROUND_FACE',
    none: 0.9,
    half: 0.68,
    full: 0.56,
    floor: 25,
    value: ({ frame }) => frame,
  },
  one_piece: {
    reason: 'RECORDING_SPLICED',
    none: Math.log(25),
    half: Math.log(10),
    full: Math.log(4),
    value: ({ jump }) => Math.log(jump),
  },
  no_repeats: {
    reason: 'FRAMES_REPEATED',
    none: 0.08,
    half: 0.025,
    full: 0.01,
    floor: 25,
    value: ({ repeated }) => repeated,
  },
  steady: {
    reason: 'RECORDING_SPLICED',
    none: 0.4,
    half: 0.25,
    full: 0.15,
    value: ({ wobble }) => wobble,
  },
  camera: {
    reason: 'VIRTUAL_CAMERA',
    none: 1,
    half: 0.5,
    full: 0,
    value: (signals) => Number(signals.namesProgram),
  },
};

/** Pure: the same challenge, recording and models give the same judgement. The client's word only ever counts against it. */
export function judge(
  script: ChallengeScript,
  track: Track,
  capture: CaptureFacts = {},
): Judgement {
  const signals = measureSignals(script, track, capture);
  const parts = Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [name, partOf(rule, signals)]),
  );
  const score = Math.min(...Object.values(parts));
  const failed = Object.entries(rules).filter(([name]) => (parts[name] ?? 0) < ACTIVE_THRESHOLD);
  const reasons = [...failed.map(([, { reason }]) => reason), ...remarks(signals)];
  return {
    verdict: score >= ACTIVE_THRESHOLD ? 'live' : 'not_live',
    score,
    reasons: [...new Set(reasons)].sort(bySeverity),
    signals,
    parts,
  };
}

/** What cannot be measured has not been shown. */
function partOf(rule: Rule, signals: Signals): number {
  const value = rule.value(signals);
  const { none, half, full, floor = 0 } = rule;
  if (Number.isNaN(value)) return floor;
  const direction = full > none ? 1 : -1;
  const isBeyond = (limit: number) => (value - limit) * direction >= 0;
  if (isBeyond(full)) return 100;
  if (!isBeyond(none)) return floor;
  const [from, to, base] = isBeyond(half) ? [half, full, 50] : [none, half, 0];
  return Math.max(floor, Math.round((base + (50 * (value - from)) / (to - from)) * 100) / 100);
}

/** Correlation with the issued colours below which the face did not answer them. */
const LEAST_FLASH = 0.25;
/** Share of the time between frames by which cameras deviate at least. */
const LEAST_IRREGULARITY = 0.004;

function remarks(signals: Signals): LivenessReasonCode[] {
  const codes: LivenessReasonCode[] = [];
  if ((signals.flash?.correlation ?? 0) < LEAST_FLASH) codes.push('FLASH_NOT_REFLECTED');
  if (signals.irregularity < LEAST_IRREGULARITY) codes.push('FRAME_TIMING_SYNTHETIC');
  if (signals.namesEditor) codes.push('RECORDING_REENCODED');
  if (signals.isOtherSize) codes.push('RESOLUTION_MISMATCH');
  if (!(signals.leastEyes < 0.6)) codes.push('NO_BLINK_SEEN');
  return codes;
}

const order = { error: 0, warning: 1, information: 2 } as const;

function bySeverity(a: LivenessReasonCode, b: LivenessReasonCode): number {
  return order[livenessReasons[a].severity] - order[livenessReasons[b].severity];
}
