import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import { transliterate } from './mrz-names.ts';

/** Words that stand beside one another on a document, from left to right. */
export interface TextRow {
  readonly words: readonly TextWord[];
  readonly box: Box;
}

/** Rows from top to bottom; a gap of more than `mostGap` heights starts another row. */
export function rowsOf(words: readonly TextWord[], mostGap = 2.2): readonly TextRow[] {
  const rows: TextWord[][] = [];
  for (const word of [...words].sort((a, b) => a.box.x - b.box.x)) {
    const row = rows
      .filter((candidate) => continues(candidate.at(-1), word, mostGap))
      .sort((a, b) => gapTo(a, word) - gapTo(b, word))[0];
    if (row) row.push(word);
    else rows.push([word]);
  }
  return rows
    .map((row) => ({ words: row, box: unite(row.map(({ box }) => box)) }))
    .sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x);
}

/** Of one height, more or less, and on one line. */
function continues(last: TextWord | undefined, word: TextWord, mostGap: number): boolean {
  if (!last) return false;
  const height = Math.max(last.box.height, word.box.height);
  const middle = (box: Box) => box.y + box.height / 2;
  const gap = word.box.x - (last.box.x + last.box.width);
  return (
    Math.abs(middle(last.box) - middle(word.box)) < 0.45 * height &&
    gap > -0.5 * height &&
    gap < mostGap * height
  );
}

function gapTo(row: readonly TextWord[], word: TextWord): number {
  const last = row.at(-1);
  return last ? Math.abs(word.box.y + word.box.height - last.box.y - last.box.height) : 0;
}

export function unite(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Capitals A–Z, digits and single spaces, as a machine-readable zone would write it. */
export function plainText(text: string): string {
  return transliterate(text).replaceAll(/[^A-Z0-9 ]/g, '');
}

/** 1 − edit distance over the longer length, 0 to 1; of plain text, so that accents do not count. */
export function likeness(a: string, b: string): number {
  return plainLikeness(plainText(a), plainText(b));
}

/** Of texts that are plain already; 0 where less than `least` is certain from their lengths. */
export function plainLikeness(a: string, b: string, least = 0): number {
  const [shorter, longer] = a.length < b.length ? [a.length, b.length] : [b.length, a.length];
  if (longer === 0 || shorter / longer < least) return 0;
  return 1 - distance(a, b) / longer;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
