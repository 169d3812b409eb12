import { type FlashStep, flashColours } from './challenge.ts';
import type { Track } from './track.ts';

/** How well the face answers the colours of the screen. Information until recordings with flashes exist. */
export interface FlashAnswer {
  /** −1…1: correlation of the skin's colour with the issued colours, at the delay that fits best. */
  readonly correlation: number;
  readonly delayMs: number;
}

const DELAYS_MS = [0, 50, 100, 150, 200, 250, 300];

/**
 * Skin against background, each channel against the mean of all: so that neither exposure nor a lamp in the room
 * counts. Undefined without a face in enough frames.
 */
export function measureFlash(
  flashes: readonly FlashStep[],
  frames: Track['frames'],
): FlashAnswer | undefined {
  const seen = frames.flatMap(({ timeMs, face }) =>
    face ? [{ timeMs, colour: relativeColour(face.skin, face.background ?? [128, 128, 128]) }] : [],
  );
  if (seen.length < 20 || flashes.length < 3) return undefined;
  let best: FlashAnswer = { correlation: -1, delayMs: 0 };
  for (const delayMs of DELAYS_MS) {
    const pairs = seen.flatMap(({ timeMs, colour }) => {
      const at = timeMs - delayMs;
      const flash = flashes.find(({ startMs, endMs }) => at >= startMs && at < endMs);
      return flash ? [{ shown: chroma(flashColours[flash.colour]), colour }] : [];
    });
    const correlation =
      [0, 1, 2].reduce(
        (sum, c) =>
          sum + correlate(pairs.map(({ shown, colour }) => [shown[c] ?? 0, colour[c] ?? 0])),
        0,
      ) / 3;
    if (correlation > best.correlation) best = { correlation, delayMs };
  }
  return best;
}

function relativeColour(skin: readonly number[], background: readonly number[]): number[] {
  const [a, b] = [chroma(skin), chroma(background)];
  return a.map((value, c) => value - (b[c] as number));
}

/** Logarithm of each channel against the mean of the three. */
function chroma(colour: readonly number[]): number[] {
  const logs = colour.map((value) => Math.log(value + 4));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return logs.map((value) => value - mean);
}

function correlate(pairs: readonly (readonly [number, number])[]): number {
  const n = pairs.length || 1;
  const mx = pairs.reduce((sum, [x]) => sum + x, 0) / n;
  const my = pairs.reduce((sum, [, y]) => sum + y, 0) / n;
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xy += (x - mx) * (y - my);
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
