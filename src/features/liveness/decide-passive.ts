import type { LivenessReasonCode } from './liveness-reasons.ts';
import type { PassiveFacts } from './passive-liveness.task.ts';
import { sameFace } from './same-face.ts';

export type LivenessVerdict = 'live' | 'not_live' | 'inconclusive';

export interface LivenessDecision {
  readonly verdict: LivenessVerdict;
  /** 0…100, the operating point at 50; null when there is nothing to measure. */
  readonly score: number | null;
  readonly reasons: readonly LivenessReasonCode[];
}

/** At and above: live. The mean probability of the models, in percent. */
export const PASSIVE_THRESHOLD = 50;

/** Pure. Without a model no picture is called live: a number would only look like an answer. */
export function decidePassive(facts: PassiveFacts): LivenessDecision {
  const faults = faultsOf(facts);
  if (faults.length > 0) return { verdict: 'not_live', score: 0, reasons: faults };
  if (facts.live.length === 0) {
    return { verdict: 'inconclusive', score: null, reasons: ['PAD_MODEL_NOT_INSTALLED'] };
  }
  const mean = facts.live.reduce((sum, live) => sum + live, 0) / facts.live.length;
  const score = Math.round(mean * 10_000) / 100;
  return score >= PASSIVE_THRESHOLD
    ? { verdict: 'live', score, reasons: [] }
    : { verdict: 'not_live', score, reasons: ['PRESENTATION_ATTACK_SUSPECTED'] };
}

function faultsOf(facts: PassiveFacts): LivenessReasonCode[] {
  if (facts.framesWithFace === 0) return ['NO_FACE_DETECTED'];
  const faults: LivenessReasonCode[] = [];
  // A picture may show bystanders: its largest face is looked at. A recording is made alone.
  if (facts.isVideo && facts.mostFaces > 1) faults.push('MULTIPLE_FACES_DETECTED');
  if (facts.isVideo && facts.framesWithFace < facts.frames * 0.7) faults.push('FACE_LEFT');
  if (sameFace(facts.identities).isOther) faults.push('FACE_CHANGED');
  return faults;
}
