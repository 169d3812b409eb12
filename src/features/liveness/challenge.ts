/**
 * What a person is asked to do in front of the camera: a random sequence of head movements at random times, while
 * the screen shows a random sequence of colours. Made afresh for every attempt from randomness that the caller
 * hands in (in the product: the operating system's); nothing else has a say in it.
 */

export const movements = ['turn_left', 'turn_right', 'nod', 'come_closer'] as const;
/** Left and right are the person's own. Each is made from rest and back to rest. */
export type Movement = (typeof movements)[number];

/** Milliseconds since the first frame of the recording. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface MovementStep extends Span {
  readonly movement: Movement;
}

/** Soft colours: nobody is dazzled, and under two changes a second are far from what WCAG 2.3.1 forbids. */
export const flashColours = {
  white: [255, 255, 255],
  red: [255, 90, 90],
  green: [90, 255, 90],
  blue: [90, 90, 255],
  yellow: [255, 255, 90],
  magenta: [255, 90, 255],
  cyan: [90, 255, 255],
  dark: [20, 20, 20],
} as const satisfies Readonly<Record<string, readonly [number, number, number]>>;
export type FlashColour = keyof typeof flashColours;

export interface FlashStep extends Span {
  readonly colour: FlashColour;
}

/** What the client is told: it shows the prompts and colours, and records. */
export interface ChallengeScript {
  readonly id: string;
  readonly steps: readonly MovementStep[];
  readonly flashes: readonly FlashStep[];
  readonly durationMs: number;
}

/** What the server keeps. */
export interface Challenge extends ChallengeScript {
  /** Unix milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Set by the first recording that claims it; a second one is refused, whatever the first one's verdict. */
  readonly usedAt: number | null;
}

/** As many bytes, unpredictable to everybody. */
export type RandomSource = (count: number) => Uint8Array;

/** From this rest at the beginning the judge learns how the head is held. */
const LEAD_IN_MS = 1_000;
const STEPS = 4;
const STEP_MS = { least: 1_500, most: 2_300 } as const;
const FLASH_MS = { least: 550, most: 900 } as const;
/** Time to read, record and upload; a challenge is worthless after it. */
const LIFETIME_MS = 120_000;

export function createChallenge(random: RandomSource, now: number): Challenge {
  const draw = drawer(random);
  const steps = drawSteps(draw);
  const durationMs = (steps.at(-1)?.endMs ?? 0) + 300;
  return {
    id: `chl_${[...random(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    steps,
    flashes: drawFlashes(draw, durationMs),
    durationMs,
    issuedAt: now,
    expiresAt: now + LIFETIME_MS,
    usedAt: null,
  };
}

export function scriptOf({ id, steps, flashes, durationMs }: Challenge): ChallengeScript {
  return { id, steps, flashes, durationMs };
}

export type ChallengeRefusal = 'CHALLENGE_EXPIRED' | 'CHALLENGE_USED';

/** The challenge marked as used, or why it cannot be any more. */
export function redeemChallenge(
  challenge: Challenge,
  now: number,
): { readonly used: Challenge } | { readonly refusal: ChallengeRefusal } {
  if (challenge.usedAt !== null) return { refusal: 'CHALLENGE_USED' };
  if (now >= challenge.expiresAt || now < challenge.issuedAt) {
    return { refusal: 'CHALLENGE_EXPIRED' };
  }
  return { used: { ...challenge, usedAt: now } };
}

/** A whole number from 0 to `below` − 1, each equally likely. */
type Draw = (below: number) => number;

function drawer(random: RandomSource): Draw {
  return (below) => {
    const limit = Math.floor(0x1_0000_0000 / below) * below;
    for (;;) {
      const [a = 0, b = 0, c = 0, d = 0] = random(4);
      const value = a * 0x1_00_00_00 + b * 0x1_00_00 + c * 0x1_00 + d;
      // What lies beyond the last full multiple would favour the small numbers.
      if (value < limit) return value % below;
    }
  };
}

/** Never twice the same in a row: between two of a kind nobody could tell where one ends. */
function drawSteps(draw: Draw): MovementStep[] {
  const steps: MovementStep[] = [];
  let startMs = LEAD_IN_MS;
  for (let i = 0; i < STEPS; i++) {
    const allowed = movements.filter((movement) => movement !== steps.at(-1)?.movement);
    const movement = allowed[draw(allowed.length)] as Movement;
    const endMs = startMs + drawBetween(draw, STEP_MS);
    steps.push({ movement, startMs, endMs });
    startMs = endMs;
  }
  return steps;
}

function drawFlashes(draw: Draw, durationMs: number): FlashStep[] {
  const names = Object.keys(flashColours) as FlashColour[];
  const flashes: FlashStep[] = [];
  let startMs = 0;
  while (startMs < durationMs) {
    const allowed = names.filter((name) => name !== flashes.at(-1)?.colour);
    const colour = allowed[draw(allowed.length)] as FlashColour;
    const endMs = Math.min(durationMs, startMs + drawBetween(draw, FLASH_MS));
    flashes.push({ colour, startMs, endMs });
    startMs = endMs;
  }
  return flashes;
}

function drawBetween(draw: Draw, { least, most }: { least: number; most: number }): number {
  return least + draw(most - least + 1);
}
