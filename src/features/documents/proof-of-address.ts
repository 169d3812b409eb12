import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import table from './data/proof-labels.json' with { type: 'json' };
import type { IsoDate } from './mrz-dates.ts';
import { type DateOrder, datesIn } from './visual-dates.ts';
import { likeness, plainText, rowsOf, type TextRow } from './visual-text.ts';

/** Who lives where, as a letter's window shows it. */
export interface AddressBlock {
  /** Line above the address; a person or a company. */
  readonly name: string;
  /** Street, house number, postal code and town, line by line. */
  readonly lines: readonly string[];
}

export interface ProofReading {
  /** Every block that has the form of an address; letters also carry the sender's. */
  readonly blocks: readonly AddressBlock[];
  readonly issueDate?: IsoDate | undefined;
  /** By a label beside it, or the latest date of the page that is not in the future. */
  readonly issueDateBy?: 'label' | 'latest' | undefined;
  /** All text, line by line; what names are looked for in. */
  readonly lines: readonly string[];
}

const postalForms: readonly RegExp[] = [
  // Postal code before the town: most of Europe.
  /(^|[\s,])([A-Z]{1,2}[- ])?\d{4,5}(-\d{3})?\s+\p{L}{2,}/u,
  /(^|\s)\d{3}\s?\d{2}\s+\p{Lu}\p{L}+/u,
  /(^|\s)\d{4}\s?[A-Z]{2}\s+\p{Lu}/u,
  // Town, state and code: North America. Code at the end: the United Kingdom.
  /\p{L}{2,},?\s+[A-Z]{2}\s+\d{5}(-\d{4})?$/u,
  /\b[A-Z]\d[A-Z]\s?\d[A-Z]\d$/,
  /\b[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}$/,
];

/** Reads a bill, bank statement or certificate of residence. Words in reading coordinates of one page. */
export function readProof(words: readonly TextWord[], today: IsoDate): ProofReading {
  const rows = rowsOf(words, 1.6);
  const lines = rows.map(textOf);
  const order: DateOrder = lines.some((line) => isAmerican(line)) ? 'MDY' : 'DMY';
  const labelled = rows.flatMap((row) => labelledDate(row, rows, order, today))[0];
  const latest = lines
    .flatMap((line) => datesIn(line, 'issue', order, today))
    .filter((date) => date <= today)
    .sort()
    .at(-1);
  const issueDate = labelled ?? latest;
  return {
    blocks: rows.flatMap((row, i) => blockEndingAt(row, rows.slice(0, i)) ?? []),
    ...(issueDate && { issueDate, issueDateBy: labelled ? 'label' : 'latest' }),
    lines,
  };
}

function textOf({ words }: TextRow): string {
  return words.map(({ text }) => text).join(' ');
}

function isAmerican(line: string): boolean {
  return postalForms[3]?.test(line) ?? false;
}

/** Beside the label or right under it. */
function labelledDate(
  row: TextRow,
  rows: readonly TextRow[],
  order: DateOrder,
  today: IsoDate,
): readonly IsoDate[] {
  const plain = ` ${plainText(textOf(row))} `;
  if (table.notIssue.some((label) => plain.includes(` ${label} `))) return [];
  if (!table.issue.some((label) => plain.includes(` ${label} `))) return [];
  const near = rows.filter((other) => other === row || isBeside(row.box, other.box));
  const below = rows.filter((other) => isUnder(row.box, other.box));
  return [...near, ...below].flatMap((other) => datesIn(textOf(other), 'issue', order, today));
}

function isBeside(a: Box, b: Box): boolean {
  const offset = Math.abs(a.y + a.height / 2 - b.y - b.height / 2);
  return b.x >= a.x + a.width && offset < 0.6 * a.height;
}

function isUnder(a: Box, b: Box): boolean {
  const gap = b.y - (a.y + a.height);
  return gap > -0.2 * a.height && gap < 2 * a.height && Math.abs(a.x - b.x) < 4 * a.height;
}

/** The lines above one with postal code and town, as long as they begin at the same margin. */
function blockEndingAt(last: TextRow, above: readonly TextRow[]): AddressBlock | undefined {
  const town = textOf(last);
  if (!postalForms.some((form) => form.test(town)) || town.length > 60) return undefined;
  const lines = [last];
  for (const row of [...above].reverse()) {
    const first = lines[0] as TextRow;
    const gap = first.box.y - (row.box.y + row.box.height);
    const isAligned = Math.abs(row.box.x - last.box.x) < 1.5 * last.box.height;
    if (!isAligned || gap < -0.5 * last.box.height) continue;
    if (gap > 1.6 * last.box.height || lines.length === 5) break;
    lines.unshift(row);
  }
  const [name, ...address] = lines.map(textOf);
  return address.length > 0 && name !== undefined ? { name, lines: address } : undefined;
}

export interface ProofMatch {
  /** 0–100, of the expected name on the page's best line; absent when none was expected. */
  readonly name?: number | undefined;
  /** 0–100, share of the expected address that the best block carries. */
  readonly address?: number | undefined;
}

/** How much of what was expected stands on the page. */
export function matchProof(
  { blocks, lines }: ProofReading,
  expected: { readonly name?: string | undefined; readonly address?: string | undefined },
): ProofMatch {
  const blockTexts = blocks.map((block) => block.lines.join(' '));
  const { name, address } = expected;
  return {
    ...(name !== undefined && { name: Math.max(0, ...lines.map((line) => carries(line, name))) }),
    ...(address !== undefined && {
      address: Math.max(0, ...blockTexts.map((text) => carriesAddress(text, address))),
    }),
  };
}

/** Share of the wanted words that a line has, misspellings of a letter in six forgiven. */
function carries(line: string, wanted: string): number {
  const has = tokens(line);
  const asked = tokens(wanted);
  const found = asked.filter((word) => has.some((other) => likeness(word, other) > 0.83));
  return asked.length === 0 ? 0 : Math.round((100 * found.length) / asked.length);
}

/** House numbers and postal codes count double and must be exact: next door is another address. */
function carriesAddress(text: string, wanted: string): number {
  const has = tokens(text);
  const asked = tokens(wanted);
  const weight = (word: string) => (/\d/.test(word) ? 2 : 1);
  const fits = (word: string, other: string) =>
    /\d/.test(word) ? word === other : likeness(word, other) > 0.8;
  const total = asked.reduce((sum, word) => sum + weight(word), 0);
  const found = asked
    .filter((word) => has.some((other) => fits(word, other)))
    .reduce((sum, word) => sum + weight(word), 0);
  return total === 0 ? 0 : Math.round((100 * found) / total);
}

const short: Readonly<Record<string, string>> = table.abbreviations;

/** `Hauptstr. 5` and `Hauptstrasse 5` are one street. */
function tokens(text: string): string[] {
  return plainText(text.replaceAll(/[,.;:/#]/g, ' '))
    .split(' ')
    .filter(Boolean)
    .map((word) => short[word] ?? word.replace(/(STRASSE|STR)$/, 'STR'))
    .map((word) => word.replace(/^0+(?=\d)/, ''));
}
