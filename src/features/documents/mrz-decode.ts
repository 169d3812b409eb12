import type { MrzLineReadings, MrzReading, MrzZone } from '../../vision/tasks/read-mrz.ts';
import { type ParsedMrz, parseMrz } from './mrz.ts';
import { type Alternatives, correctMrz, type MrzCorrection } from './mrz-correct.ts';
import type { IsoDate } from './mrz-dates.ts';
import { isAllowed, kindAt, layouts, type MrzLayout } from './mrz-formats.ts';

/** A zone as read from pixels: text by grammar and likelihood, with what was corrected and how sure it is. */
export interface DecodedMrz extends ParsedMrz {
  readonly corrections: readonly MrzCorrection[];
  /** Probability of the least certain character of each line, 0…1. */
  readonly certainty: readonly number[];
  /** Per line: the zone is valid, and this line's every character certain enough to stand on. */
  readonly accepted: readonly boolean[];
}

/** The order of the recogniser's classes. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<';
/** What a character loses where the grammar does not expect it: unlikely, not impossible, since specimens break rules. */
const againstGrammar = Math.exp(-3);
/** Characters this likely, compared with the best, are tried when check digits fail. */
const doubtful = 0.02;
/**
 * A line is accepted when no character is less certain than this. Lines under check digits need less,
 * because a misread character there breaks a digit nine times of ten.
 */
const certainEnough = 0.8;
/** Score lost by a zone that does not begin as its format must, and by each line that it leaves unused. */
const wrongStart = 8;
const unusedLine = 10;

/** The likeliest zone of all formats, or undefined when the lines fit none. Nothing is hidden: see `failedChecks`. */
export function decodeMrz(zone: MrzZone, today: IsoDate): DecodedMrz | undefined {
  const best = candidates(zone).sort((a, b) => b.score - a.score)[0];
  if (!best) return undefined;
  const { layout, readings } = best;
  const lines = readings.map((reading, line) => textOf(layout, reading, line));
  const { lines: corrected, corrections } = correctMrz(lines, alternativesOf(layout, readings));
  const parsed = parseMrz(corrected, today);
  if (!parsed) return undefined;
  const certainty = readings.map((reading, line) =>
    leastCertain(layout, reading, line, corrected[line] ?? '', corrections),
  );
  const accepted = certainty.map((value) => parsed.valid && value >= certainEnough);
  return { ...parsed, corrections, certainty, accepted };
}

interface Candidate {
  readonly layout: MrzLayout;
  readonly readings: readonly MrzReading[];
  readonly score: number;
}

/** Every format on every stretch of neighbouring lines that it could be. */
function candidates({ lines }: MrzZone): Candidate[] {
  return layouts.flatMap((layout) => {
    const count = layout.lineLengths.length;
    return Array.from({ length: Math.max(0, lines.length - count + 1) }, (_, first) =>
      candidate(layout, lines.slice(first, first + count), lines.length - count),
    ).filter((found) => found !== undefined);
  });
}

function candidate(
  layout: MrzLayout,
  lines: readonly MrzLineReadings[],
  unused: number,
): Candidate | undefined {
  const readings = layout.lineLengths.flatMap((length, i) => {
    const reading = lines[i]?.readings.find((one) => one.length === length);
    return reading ? [reading] : [];
  });
  if (readings.length < layout.lineLengths.length) return undefined;
  const text = readings.map((reading, line) => textOf(layout, reading, line)).join('\n');
  const starts = layout.starts.test(text) ? 0 : wrongStart;
  const likelihood = readings.reduce((sum, { score }) => sum + score, 0);
  return { layout, readings, score: likelihood - starts - unused * unusedLine };
}

function textOf(layout: MrzLayout, reading: MrzReading, line: number): string {
  let text = '';
  for (let column = 0; column < reading.length; column++) {
    const weights = weighed(layout, reading, line, column);
    text += alphabet.charAt(weights.indexOf(Math.max(...weights)));
  }
  return text;
}

/** Probabilities of one place after the grammar has had its say; sums to 1. */
function weighed(
  layout: MrzLayout,
  { probabilities }: MrzReading,
  line: number,
  column: number,
): number[] {
  const kind = kindAt(layout, line, column);
  const weights = Array.from(alphabet, (char, label) => {
    const probability = probabilities[column * alphabet.length + label] ?? 0;
    return probability * (isAllowed(kind, char) ? 1 : againstGrammar);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function alternativesOf(layout: MrzLayout, readings: readonly MrzReading[]): Alternatives {
  return (line, column) => {
    const reading = readings[line];
    if (!reading) return [];
    const weights = weighed(layout, reading, line, column);
    const best = Math.max(...weights);
    return [...alphabet].filter((_, label) => (weights[label] ?? 0) >= doubtful * best);
  };
}

/** A corrected character counts as certain: check digits prove it, not the pixels. */
function leastCertain(
  layout: MrzLayout,
  reading: MrzReading,
  line: number,
  text: string,
  corrections: readonly MrzCorrection[],
): number {
  let least = 1;
  for (let column = 0; column < reading.length; column++) {
    const isCorrected = corrections.some((c) => c.line === line && c.column === column);
    if (isCorrected) continue;
    const label = alphabet.indexOf(text.charAt(column));
    least = Math.min(least, weighed(layout, reading, line, column)[label] ?? 0);
  }
  return least;
}

/** One line alone: no format, no check digits. */
export interface DecodedLine {
  readonly text: string;
  /** Probability of the least certain character. */
  readonly certainty: number;
}

/** The likeliest length, and in each place the likeliest character. */
export function decodeLine(line: MrzLineReadings | undefined): DecodedLine | undefined {
  const best = [...(line?.readings ?? [])].sort((a, b) => b.score - a.score)[0];
  if (!best) return undefined;
  let text = '';
  let certainty = 1;
  for (let column = 0; column < best.length; column++) {
    const row = best.probabilities.subarray(
      column * alphabet.length,
      (column + 1) * alphabet.length,
    );
    const most = Math.max(...row);
    text += alphabet.charAt(row.indexOf(most));
    certainty = Math.min(certainty, most);
  }
  return { text, certainty };
}
