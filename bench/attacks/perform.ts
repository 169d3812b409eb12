import type { ChallengeScript, MovementStep } from '../../src/features/liveness/index.ts';
import { restStance, type Stance } from './surface.ts';

/** Numbers in [0, 1). */
export type Rng = () => number;

export function between(rng: Rng, from: number, to: number): number {
  return from + rng() * (to - from);
}

interface Act {
  readonly step: MovementStep;
  readonly delayMs: number;
  readonly riseMs: number;
  readonly holdMs: number;
  readonly fallMs: number;
  readonly size: number;
  readonly tilt: number;
}

/** How far each movement goes, at least and at most: degrees, or magnification. */
export interface Reach {
  readonly turn: readonly [number, number];
  readonly nod: readonly [number, number];
  readonly nearness: readonly [number, number];
}

/** Of somebody who follows the prompts without exaggerating. */
export const humanReach: Reach = { turn: [22, 31], nod: [14, 20], nearness: [1.28, 1.45] };
/** Of a hand that turns a picture: flat things bear more. */
export const sheetReach: Reach = { turn: [25, 42], nod: [20, 35], nearness: [1.3, 1.5] };

/**
 * Somebody who does what the prompts say: starts after a human delay, goes there and comes back, never quite still.
 * Answers with the stance at any time.
 */
export function performer(script: ChallengeScript, rng: Rng, reach: Reach = humanReach) {
  const acts = script.steps.map((step): Act => {
    const [least, most] =
      step.movement === 'nod'
        ? reach.nod
        : step.movement === 'come_closer'
          ? reach.nearness
          : reach.turn;
    return {
      step,
      delayMs: between(rng, 200, 480),
      riseMs: between(rng, 280, 400),
      holdMs: between(rng, 60, 180),
      fallMs: between(rng, 280, 400),
      size: between(rng, least, most),
      tilt: between(rng, -3, 3),
    };
  });
  const sway = Array.from({ length: 5 }, () => ({
    hz: between(rng, 0.15, 0.5),
    phase: rng() * 6.28,
  }));
  return (timeMs: number): Stance => {
    const drift = sway.map(({ hz, phase }) => Math.sin((timeMs / 1_000) * hz * 6.28 + phase));
    const stance = {
      ...restStance,
      yaw: (drift[0] ?? 0) * 1.2,
      pitch: (drift[1] ?? 0) * 1.0,
      roll: (drift[2] ?? 0) * 0.8,
      dx: (drift[3] ?? 0) * 2,
      dy: (drift[4] ?? 0) * 1.5,
    };
    for (const act of acts) addAct(stance, act, timeMs);
    return stance;
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function addAct(stance: Mutable<Stance>, act: Act, timeMs: number): void {
  const share = shareOf(act, timeMs - act.step.startMs - act.delayMs);
  if (share <= 0) return;
  const { movement } = act.step;
  if (movement === 'come_closer') stance.nearness *= 1 + (act.size - 1) * share;
  else if (movement === 'nod') stance.pitch -= act.size * share;
  else {
    stance.yaw += (movement === 'turn_left' ? 1 : -1) * act.size * share;
    stance.pitch += act.tilt * share;
  }
}

function shareOf({ riseMs, holdMs, fallMs }: Act, sinceMs: number): number {
  if (sinceMs <= 0 || sinceMs >= riseMs + holdMs + fallMs) return 0;
  if (sinceMs < riseMs) return ease(sinceMs / riseMs);
  if (sinceMs < riseMs + holdMs) return 1;
  return ease(1 - (sinceMs - riseMs - holdMs) / fallMs);
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
