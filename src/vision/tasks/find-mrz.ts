import type { Point } from '../../core/image.ts';
import { findComponents } from '../image/components.ts';
import { type GrayLevels, resizeGray } from '../image/gray-levels.ts';
import { findInk } from '../image/ink.ts';
import { findTextLines, type TextLine } from './text-lines.ts';

/** Lines that may be a machine-readable zone, in order down the page as their own direction has it. */
export interface MrzCandidate {
  readonly lines: readonly TextLine[];
}

/** Longest side of the picture that is searched; small pictures are enlarged up to 2.5 times. */
const searchSize = 1280;
const largestEnlargement = 2.5;
const inkRadius = 15;
/** A zone line has at least 30 characters; some may be lost or run together. */
const fewestMarks = 18;

/**
 * Finds groups of one to three parallel lines of equal pitch, at any rotation. Coordinates are those of the
 * full picture. The best candidates first; empty when there is nothing like a zone.
 */
export function findMrz(levels: GrayLevels): readonly MrzCandidate[] {
  const scale = Math.min(largestEnlargement, searchSize / Math.max(levels.width, levels.height));
  const width = Math.max(2, Math.round(levels.width * scale));
  const height = Math.max(2, Math.round(levels.height * scale));
  const image = resizeGray(levels, width, height);
  const components = findComponents(findInk(image, inkRadius), width, height);
  const lines = findTextLines(components).filter(({ marks }) => marks >= fewestMarks);
  return groupLines(lines).map((group) => ({
    lines: group.map((line) => enlarge(line, 1 / scale)),
  }));
}

function enlarge({ from, to, pitch, size, marks }: TextLine, factor: number): TextLine {
  const scaled = ({ x, y }: Point) => ({ x: x * factor, y: y * factor });
  return { from: scaled(from), to: scaled(to), pitch: pitch * factor, size: size * factor, marks };
}

/** Neighbours of one pitch; each line starts at most one group, the fullest line first. */
function groupLines(lines: readonly TextLine[]): readonly (readonly TextLine[])[] {
  const groups: TextLine[][] = [];
  const used = new Set<TextLine>();
  for (const seed of lines) {
    if (used.has(seed)) continue;
    const members = lines
      .filter((line) => !used.has(line) && belongsTo(seed, line))
      .map((line) => ({
        line: alignedWith(seed, line),
        across: across(seed, line),
        original: line,
      }))
      .sort((a, b) => a.across - b.across);
    const around = nearestThree(members);
    for (const { original } of around) used.add(original);
    groups.push(around.map(({ line }) => line));
  }
  return groups.sort((a, b) => weight(b) - weight(a)).slice(0, 4);
}

function weight(group: readonly TextLine[]): number {
  return group.reduce((sum, { marks }) => sum + marks, 0);
}

/** The seed (at distance 0) and its neighbours at no more than 3.4 pitches from one another; three at most. */
function nearestThree<T extends { readonly across: number; readonly line: TextLine }>(
  members: readonly T[],
): readonly T[] {
  const seedIndex = members.findIndex(({ across: distance }) => Math.abs(distance) < 1e-6);
  const reach = 3.4 * (members[seedIndex]?.line.pitch ?? 0);
  let first = seedIndex;
  let last = seedIndex;
  const gap = (i: number) => (members[i + 1]?.across ?? 0) - (members[i]?.across ?? 0);
  while (last - first < 2) {
    const above = first > 0 ? gap(first - 1) : Number.POSITIVE_INFINITY;
    const below = last < members.length - 1 ? gap(last) : Number.POSITIVE_INFINITY;
    if (Math.min(above, below) > reach) break;
    if (above < below) first--;
    else last++;
  }
  return members.slice(first, last + 1);
}

function belongsTo(seed: TextLine, line: TextLine): boolean {
  if (line === seed) return true;
  const { cos, sin, length } = direction(seed);
  const other = direction(line);
  const isParallel = Math.abs(cos * other.sin - sin * other.cos) < 0.06;
  const ratio = line.pitch / seed.pitch;
  const distance = Math.abs(across(seed, line));
  const places = [line.from, line.to].map(
    ({ x, y }) => (x - seed.from.x) * cos + (y - seed.from.y) * sin,
  );
  const overlap = Math.min(length, Math.max(...places)) - Math.max(0, Math.min(...places));
  return (
    isParallel &&
    ratio > 0.9 &&
    ratio < 1.1 &&
    distance > 1.1 * seed.pitch &&
    distance < 7 * seed.pitch &&
    overlap > 0.5 * Math.min(length, other.length)
  );
}

function across(seed: TextLine, line: TextLine): number {
  if (seed === line) return 0;
  const { cos, sin } = direction(seed);
  const middle = { x: (line.from.x + line.to.x) / 2, y: (line.from.y + line.to.y) / 2 };
  return (middle.y - seed.from.y) * cos - (middle.x - seed.from.x) * sin;
}

/** The line in the direction of the seed. */
function alignedWith(seed: TextLine, line: TextLine): TextLine {
  const a = direction(seed);
  const b = direction(line);
  return a.cos * b.cos + a.sin * b.sin >= 0 ? line : { ...line, from: line.to, to: line.from };
}

function direction({ from, to }: TextLine) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return { cos: (to.x - from.x) / length, sin: (to.y - from.y) / length, length };
}
