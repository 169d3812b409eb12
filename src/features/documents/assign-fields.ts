import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import { type FoundLabel, findLabels, splitAtStrokes } from './field-labels.ts';
import { matchTemplate, type TemplateHints, type TemplateMatch } from './match-template.ts';
import type { IsoDate } from './mrz-dates.ts';
import { documentTemplates } from './templates.ts';
import type { DateOrder } from './visual-dates.ts';
import {
  type FieldGrammar,
  fieldFrom,
  type VisualField,
  type VisualFieldName,
} from './visual-fields.ts';
import { likeness, plainLikeness, plainText, rowsOf } from './visual-text.ts';

export interface AssignOptions extends TemplateHints {
  readonly today: IsoDate;
  readonly templates?: Parameters<typeof matchTemplate>[2] | undefined;
  /** What a zone or barcode says, to find the same on the print where neither template nor label did. */
  readonly known?: Partial<Record<VisualFieldName, string>> | undefined;
}

export interface AssignedFields {
  readonly match?: TemplateMatch | undefined;
  readonly fields: readonly VisualField[];
}

type Size = { readonly width: number; readonly height: number };

/** Words of an upright document to its fields: by its template, then by labels, then by agreement with what is known. */
export function assignFields(
  words: readonly TextWord[],
  size: Size,
  { today, templates = documentTemplates, known = {}, ...hints }: AssignOptions,
): AssignedFields {
  const match = matchTemplate(words, size, templates, hints);
  const grammar: FieldGrammar = match ? grammarOf(match) : { dates: orderFor(hints.state, words) };
  // A template says what is printed where; labels of the same document may mislead.
  const placed = match
    ? fieldsByTemplate(words, match, grammar, today)
    : fieldsByLabel(words, grammar, today);
  const fields = new Map(placed.map((field) => [field.name, field]));
  for (const [name, text] of Object.entries(known) as [VisualFieldName, string][]) {
    const field = fields.has(name)
      ? undefined
      : fieldByAgreement(name, text, words, grammar, today);
    if (field) fields.set(name, field);
  }
  return { ...(match && { match }), fields: [...fields.values()] };
}

export function grammarOf({ template: { dates, number, sexes } }: TemplateMatch): FieldGrammar {
  return { dates, number, sexes };
}

/** Only the United States write the month first. */
function orderFor(state: string | undefined, words: readonly TextWord[]): DateOrder {
  const isAmerican =
    state === 'USA' || words.some(({ text }) => /^(DOB|USA|LICENSE|EXP|ISS)\W?$/i.test(text));
  return isAmerican ? 'MDY' : 'DMY';
}

function fieldsByTemplate(
  words: readonly TextWord[],
  match: TemplateMatch,
  grammar: FieldGrammar,
  today: IsoDate,
): VisualField[] {
  const anchors = match.template.anchors.map(([text]) => plainText(text));
  return Object.entries(match.template.fields).flatMap(([key, share]) => {
    const name = key as VisualFieldName;
    const inside = wordsIn(words, match.toPixels(share)).filter(
      ({ text }) => !isOneOf(anchors, plainText(text)),
    );
    return fieldFrom(name, inside, grammar, today, 'template') ?? [];
  });
}

function isOneOf(anchors: readonly string[], text: string): boolean {
  return anchors.some((anchor) => anchor.length > 4 && plainLikeness(anchor, text, 0.9) > 0.9);
}

/** In reading order. A word belongs to the box that its middle lies in. */
export function wordsIn(words: readonly TextWord[], box: Box): readonly TextWord[] {
  const inside = words.filter((word) => {
    const x = word.box.x + word.box.width / 2;
    const y = word.box.y + word.box.height / 2;
    // A tall word runs through several rows: it is a pattern or a stamp.
    const fits = word.box.height < 1.6 * box.height;
    return fits && x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
  });
  return rowsOf(inside, 20).flatMap((row) => row.words);
}

function fieldsByLabel(
  words: readonly TextWord[],
  grammar: FieldGrammar,
  today: IsoDate,
): VisualField[] {
  const parts = words.flatMap(splitAtStrokes);
  const labels = findLabels(words);
  const labelWords = new Set(labels.flatMap((label) => label.words.map(keyOf)));
  const free = parts.filter((word) => !labelWords.has(keyOf(word)));
  const fields = new Map<VisualFieldName, VisualField>();
  for (const label of [...labels].sort((a, b) => a.box.y - b.box.y)) {
    const { name } = label;
    if (name === 'other' || fields.has(name)) continue;
    for (const candidates of [besideLabel(label, free, labels), belowLabel(label, free, labels)]) {
      const field = fieldFrom(name, candidates, grammar, today, 'label');
      if (!field) continue;
      fields.set(name, field);
      break;
    }
  }
  return [...fields.values()];
}

function keyOf({ box, text }: TextWord): string {
  return `${Math.round(box.x)} ${Math.round(box.y)} ${text}`;
}

/** To the right on the same line, up to the next label or a wide gap. */
function besideLabel(
  { name, box }: FoundLabel,
  free: readonly TextWord[],
  labels: readonly FoundLabel[],
): readonly TextWord[] {
  const right = box.x + box.width;
  const isOnLine = (other: Box) =>
    Math.abs(other.y + other.height / 2 - box.y - box.height / 2) < 0.6 * box.height;
  const next = labels
    .filter((label) => label.name !== name && isOnLine(label.box) && label.box.x > right)
    .reduce((least, label) => Math.min(least, label.box.x), Number.POSITIVE_INFINITY);
  const candidates = free
    .filter((word) => isOnLine(word.box) && word.box.x >= right - 2 && word.box.x < next)
    .sort((a, b) => a.box.x - b.box.x);
  return upToGap(candidates, right, 4 * box.height);
}

/** The first row under the label, where it begins not far from the label's own beginning. */
function belowLabel(
  { name, box }: FoundLabel,
  free: readonly TextWord[],
  labels: readonly FoundLabel[],
): readonly TextWord[] {
  const bottom = box.y + box.height;
  const reach = bottom + 2.6 * box.height;
  const row = rowsOf(
    free.filter(({ box: b }) => b.y > box.y + 0.5 * box.height && b.y < reach),
    2.5,
  ).find((candidate) => {
    const startsHere = candidate.words.some(
      (word) =>
        word.box.x > box.x - 2 * box.height &&
        word.box.x < box.x + Math.max(box.width, 4 * box.height),
    );
    return startsHere && candidate.words.some(({ text }) => /[\p{L}\p{N}]/u.test(text));
  });
  if (!row) return [];
  // The same label in another language is no other column.
  const nextColumn = labels
    .filter(
      (label) =>
        label.name !== name &&
        label.box.x > box.x + box.width &&
        Math.abs(label.box.y - box.y) < box.height,
    )
    .reduce((least, label) => Math.min(least, label.box.x), Number.POSITIVE_INFINITY);
  const words = row.words.filter(
    (word) => word.box.x > box.x - 2 * box.height && word.box.x < nextColumn - 0.5 * box.height,
  );
  return upToGap(words, words[0]?.box.x ?? 0, 3 * box.height);
}

function upToGap(words: readonly TextWord[], from: number, widest: number): readonly TextWord[] {
  const kept: TextWord[] = [];
  let end = from;
  for (const word of words) {
    if (word.box.x - end > widest) break;
    kept.push(word);
    end = word.box.x + word.box.width;
  }
  return kept;
}

/** A run of words on one line that says the same. */
function fieldByAgreement(
  name: VisualFieldName,
  known: string,
  words: readonly TextWord[],
  grammar: FieldGrammar,
  today: IsoDate,
): VisualField | undefined {
  // A single letter stands everywhere.
  if (name === 'sex' || known.length < 4) return undefined;
  for (const row of rowsOf(words)) {
    for (let from = 0; from < row.words.length; from++) {
      for (let to = from + 1; to <= Math.min(from + 5, row.words.length); to++) {
        const field = fieldFrom(name, row.words.slice(from, to), grammar, today, 'agreement');
        if (field && agrees(name, field.value, known)) return field;
      }
    }
  }
  return undefined;
}

function agrees(name: VisualFieldName, read: string, known: string): boolean {
  return name.endsWith('_date') ? read === known : likeness(read, known) === 1;
}
