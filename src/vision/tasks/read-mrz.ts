import type { Point, RgbImage } from '../../core/image.ts';
import type { InferenceSession, ModelRef } from '../../core/model.ts';
import { type GrayLevels, grayLevels, warpGray } from '../image/gray-levels.ts';
import { toLuma } from '../image/luma.ts';
import type { Affine, Quad } from '../image/transform.ts';
import { alignPitch, type StripScores } from './align-pitch.ts';
import { findMrz, type MrzCandidate } from './find-mrz.ts';
import type { TextLine } from './text-lines.ts';

/** The classes of the recogniser, in its order, less "none". */
export const mrzAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<';

/** One line read as `length` characters: what each may be. */
export interface MrzReading {
  readonly length: number;
  /** length × 37 probabilities in the order of `mrzAlphabet`; each row sums to 1. */
  readonly probabilities: Float32Array;
  /** Log-likelihood of the strip under this length; comparable between lengths of one line only. */
  readonly score: number;
}

export interface MrzLineReadings {
  /** Centres of the first and last mark, in reading direction, in pixels of the picture. */
  readonly from: Point;
  readonly to: Point;
  readonly pitch: number;
  /** One per line length that exists: 30, 36 and 44 characters; 9 where a card could be Swiss. */
  readonly readings: readonly MrzReading[];
}

/** A zone in reading order, as the pixels have it; grammar and check digits are the caller's. */
export interface MrzZone {
  readonly lines: readonly MrzLineReadings[];
  /** Mean log-probability of the likeliest characters: near 0 is certain. */
  readonly confidence: number;
  /** Corners of the zone: top left, top right, bottom right, bottom left in reading direction. */
  readonly corners: Quad;
}

export interface MrzRead {
  /** Likeliest first; empty when no zone was found. */
  readonly zones: readonly MrzZone[];
  readonly model: ModelRef;
}

/** Geometry that the recogniser was trained on. */
const strip = { height: 24, pitch: 14 } as const;
const lineLengths = [30, 36, 44] as const;
/** Pitches of margin on both sides, so that lost first and last characters are inside. */
const margin = 3.5;
/** Below this mean log-probability a candidate is not a zone but some other text. */
const leastConfidence = -1.4;

/** Finds and reads the machine-readable zones of a picture, at any rotation. */
export function readMrz(session: InferenceSession, image: RgbImage): Promise<MrzRead> {
  return readMrzIn(session, grayLevels(toLuma(image)));
}

/** As `readMrz`, for callers that have the grey levels already. */
export async function readMrzIn(session: InferenceSession, levels: GrayLevels): Promise<MrzRead> {
  const zones: MrzZone[] = [];
  for (const candidate of findMrz(levels)) {
    const zone = await readCandidate(session, levels, candidate);
    if (zone.confidence >= leastConfidence) zones.push(zone);
    if (zone.confidence > -0.15 && zone.lines.length > 1) break;
  }
  return {
    zones: zones.sort((a, b) => rank(b) - rank(a)),
    model: session.model,
  };
}

/** A single line must be clearer than two to be believed. */
function rank({ confidence, lines }: MrzZone): number {
  return confidence + (lines.length > 1 ? 0.5 : 0);
}

/** Reads one already cut line: a crop that holds nothing else. */
export async function readMrzLine(
  session: InferenceSession,
  image: RgbImage,
): Promise<MrzLineReadings | undefined> {
  const levels = grayLevels(toLuma(image));
  const [candidate] = findMrz(levels);
  const [line] = candidate?.lines ?? [];
  return line ? readLine(session, levels, line) : undefined;
}

/** The fullest line is read both ways round: where its characters make more sense is the direction of reading. */
async function readCandidate(
  session: InferenceSession,
  levels: GrayLevels,
  { lines }: MrzCandidate,
): Promise<MrzZone> {
  const [fullest] = [...lines].sort((a, b) => b.marks - a.marks);
  if (!fullest) throw new Error('a candidate has at least one line');
  const forward = await readLine(session, levels, fullest);
  const backward = await readLine(session, levels, turnLine(fullest));
  const isTurned = certaintyOf(backward) > certaintyOf(forward);
  const ordered = isTurned ? lines.map(turnLine).reverse() : lines;
  const known = isTurned ? backward : forward;
  const readings: MrzLineReadings[] = [];
  for (const line of ordered) {
    readings.push(line.from === known.from ? known : await readLine(session, levels, line));
  }
  return {
    lines: readings,
    confidence: mean(readings.map(certaintyOf)),
    corners: cornersOf(ordered),
  };
}

function turnLine(line: TextLine): TextLine {
  return { ...line, from: line.to, to: line.from };
}

async function readLine(
  session: InferenceSession,
  levels: GrayLevels,
  line: TextLine,
): Promise<MrzLineReadings> {
  const { toSource, width, pitch } = stripGeometry(line);
  const pixels = normalise(warpGray(levels, toSource, width, strip.height));
  const output = await session.run({
    strip: { data: pixels, shape: [1, 1, strip.height, width] },
  });
  const scores = output.scores;
  if (!scores) throw new Error('the recogniser gave no scores');
  const [, classes = 0, , columns = 0] = scores.shape;
  const readings = lineLengths.flatMap((length) => {
    const reading = readAs({ data: scores.data, classes, columns }, length, pitch / 2);
    return reading ? [reading] : [];
  });
  return { from: line.from, to: line.to, pitch: line.pitch, readings };
}

/** A strip along the line, wide enough for 44 characters wherever the found ones lie among them. */
function stripGeometry({ from, to, pitch, marks }: TextLine) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const cos = (to.x - from.x) / length;
  const sin = (to.y - from.y) / length;
  const found = Math.round(length / pitch) + 1;
  const missing = [30, 36, 44].find((count) => count >= Math.min(found, 44)) ?? 44;
  const beyond = margin + Math.max(0, missing - Math.max(found, marks));
  const start = -(beyond + 0.5) * pitch;
  const scale = pitch / strip.pitch;
  const width = 2 * Math.ceil((length + 2 * (beyond + 0.5) * pitch) / scale / 2);
  const half = strip.height / 2;
  const toSource: Affine = [
    scale * cos,
    -scale * sin,
    from.x + start * cos + half * scale * sin,
    scale * sin,
    scale * cos,
    from.y + start * sin - half * scale * cos,
  ];
  return { toSource, width, pitch: strip.pitch };
}

/** Mean 0 and deviation 1, as in training. */
function normalise(pixels: Float32Array): Float32Array {
  let sum = 0;
  let squares = 0;
  for (const value of pixels) {
    sum += value;
    squares += value * value;
  }
  const average = sum / pixels.length;
  const deviation = Math.max(4, Math.sqrt(Math.max(0, squares / pixels.length - average ** 2)));
  return pixels.map((value) => (value - average) / deviation);
}

function readAs(scores: StripScores, length: number, pitch: number): MrzReading | undefined {
  const alignment = alignPitch(scores, length, pitch);
  if (!alignment) return undefined;
  const probabilities = new Float32Array(length * mrzAlphabet.length);
  alignment.centres.forEach((column, i) => {
    const row = probabilities.subarray(i * mrzAlphabet.length, (i + 1) * mrzAlphabet.length);
    characterAt(scores, column, row);
  });
  return { length, probabilities, score: alignment.score };
}

/** Scores of the column and its two neighbours averaged, then made to sum to 1 over the characters. */
function characterAt({ data, columns }: StripScores, column: number, out: Float32Array): void {
  let sum = 0;
  for (let label = 0; label < out.length; label++) {
    let total = 0;
    for (const c of [column - 1, column, column + 1]) {
      total += data[label * columns + Math.max(0, Math.min(columns - 1, c))] as number;
    }
    out[label] = Math.exp(Math.max(-30, total / 3));
    sum += out[label] as number;
  }
  for (let label = 0; label < out.length; label++) out[label] = (out[label] as number) / sum;
}

function likeliest(readings: readonly MrzReading[]): MrzReading | undefined {
  return readings.reduce<MrzReading | undefined>(
    (best, reading) => (!best || reading.score > best.score ? reading : best),
    undefined,
  );
}

/** Mean score per character of the likeliest reading. */
function certaintyOf({ readings }: MrzLineReadings): number {
  const best = likeliest(readings);
  return best ? best.score / best.length : Number.NEGATIVE_INFINITY;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cornersOf(lines: readonly TextLine[]): Quad {
  const first = lines[0] as TextLine;
  const last = lines.at(-1) as TextLine;
  const corner = (line: TextLine, end: 'from' | 'to', side: 1 | -1): Point => {
    const length = Math.hypot(line.to.x - line.from.x, line.to.y - line.from.y);
    const u = { x: (line.to.x - line.from.x) / length, y: (line.to.y - line.from.y) / length };
    const outward = (end === 'from' ? -0.7 : 0.7) * line.pitch;
    const down = side * 0.8 * line.pitch;
    return {
      x: line[end].x + outward * u.x - down * u.y,
      y: line[end].y + outward * u.y + down * u.x,
    };
  };
  return [
    corner(first, 'from', -1),
    corner(first, 'to', -1),
    corner(last, 'to', 1),
    corner(last, 'from', 1),
  ];
}
