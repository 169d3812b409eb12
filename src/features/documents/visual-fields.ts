import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import type { IsoDate } from './mrz-dates.ts';
import { type DateKind, type DateOrder, datesIn } from './visual-dates.ts';
import { unite } from './visual-text.ts';

export const visualFieldNames = [
  'surname',
  'given_names',
  'birth_date',
  'birth_place',
  'sex',
  'nationality',
  'document_number',
  'personal_number',
  'issue_date',
  'expiry_date',
  'authority',
  'address',
] as const;
export type VisualFieldName = (typeof visualFieldNames)[number];

/** `template`: by its place on a known document; `label`: by what is printed beside it; `agreement`: it says what the zone or barcode says. */
export type AssignedBy = 'template' | 'label' | 'agreement';

export interface VisualField {
  readonly name: VisualFieldName;
  /** Dates as ISO, sex as F, M or X, numbers without spaces. */
  readonly value: string;
  /** As it was read. */
  readonly raw: string;
  /** Pixels of the picture that was read. */
  readonly box: Box;
  /** 0–100: the least certain word. */
  readonly confidence: number;
  readonly assignedBy: AssignedBy;
}

/** How a document writes its values. */
export interface FieldGrammar {
  readonly dates: DateOrder;
  /** `9` a digit, `A` a letter, `*` either, anything else itself; several forms are separated by a space. */
  readonly number?: string | undefined;
  /** What the document prints for F, M and X where that is another letter. */
  readonly sexes?: Readonly<Record<string, 'F' | 'M' | 'X'>> | undefined;
}

/** Undefined when the words are no value of that kind. */
export function fieldFrom(
  name: VisualFieldName,
  words: readonly TextWord[],
  grammar: FieldGrammar,
  today: IsoDate,
  assignedBy: AssignedBy,
): VisualField | undefined {
  const kept = words.filter((word) => isValueWord(name, word));
  const raw = kept.map(({ text }) => text).join(' ');
  const value = readValue(name, raw, grammar, today);
  if (value === undefined || kept.length === 0) return undefined;
  return {
    name,
    value,
    raw,
    box: unite(kept.map(({ box }) => box)),
    confidence: Math.round(Math.min(...kept.map(({ confidence }) => confidence))),
    assignedBy,
  };
}

/** Patterns and rubble are read as single signs of little certainty. */
function isValueWord(name: VisualFieldName, { text, confidence }: TextWord): boolean {
  if (!/[\p{L}\p{N}]/u.test(text)) return false;
  if (name === 'surname' || name === 'given_names') {
    return confidence >= 25 && (/\p{L}{2}/u.test(text) || /^\p{Lu}\.$/u.test(text));
  }
  return confidence >= (name === 'sex' || name.endsWith('_date') ? 10 : 25);
}

const dateKinds: Partial<Record<VisualFieldName, DateKind>> = {
  birth_date: 'birth',
  issue_date: 'issue',
  expiry_date: 'expiry',
};

function readValue(
  name: VisualFieldName,
  raw: string,
  grammar: FieldGrammar,
  today: IsoDate,
): string | undefined {
  const dateKind = dateKinds[name];
  if (dateKind) {
    const dates = datesIn(raw, dateKind, grammar.dates, today);
    // Where both stand in one place, the issue comes first.
    return dates.at(dateKind === 'expiry' ? -1 : 0);
  }
  switch (name) {
    case 'sex':
      return sexIn(raw, grammar.sexes);
    case 'document_number':
      return numberIn(raw, grammar.number);
    case 'personal_number':
      return numberIn(raw, undefined);
    case 'birth_place':
      // Licences print date and place in one line.
      return textIn(raw.replace(/^[\d.,\s(]+(?=\p{L})/u, ''));
    case 'surname':
    case 'given_names':
      return nameIn(raw);
    default:
      return textIn(raw);
  }
}

/** The international letter stands last: `K/F`, `N/F`, `E/M`. */
function sexIn(raw: string, sexes: FieldGrammar['sexes']): string | undefined {
  const letters = raw
    .toUpperCase()
    .split(/[^\p{L}]+/u)
    .filter((token) => token.length === 1);
  for (const letter of letters.reverse()) {
    const known = sexes?.[letter] ?? (/^[FMX]$/.test(letter) ? letter : undefined);
    if (known !== undefined) return known;
  }
  return undefined;
}

function nameIn(raw: string): string | undefined {
  const text = raw
    .replaceAll(/[^\p{L}\p{M}'’.\- ]/gu, '')
    .replaceAll(/(^|\s)[-.'’]+(?=\s|$)/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return /\p{L}{2}/u.test(text) ? text : undefined;
}

function textIn(raw: string): string | undefined {
  const text = raw.replaceAll(/^[^\p{L}\p{N}(]+|[^\p{L}\p{N}).]+$/gu, '');
  return /[\p{L}\p{N}]{2}/u.test(text) ? text : undefined;
}

/** Where the form says what stands where, letters that look like digits are digits, and the other way round. */
export function numberIn(raw: string, forms: string | undefined): string | undefined {
  const text = raw
    .toUpperCase()
    .split(/\s+/)
    .filter((token) => !/^(NR|NO|N)[.°º]?$/.test(token))
    .join('')
    .replace(/^.*[#:]/, '')
    .replaceAll(/^[^A-Z0-9]+|[^A-Z0-9]+$/g, '');
  for (const form of forms?.split(' ') ?? []) {
    const fitted = fitForm(text, form);
    if (fitted !== undefined) return fitted;
  }
  return /^[A-Z0-9/-]{5,24}$/.test(text) && /\d/.test(text) ? text : undefined;
}

const asDigit: Readonly<Record<string, string>> = {
  O: '0',
  D: '0',
  Q: '0',
  I: '1',
  L: '1',
  Z: '2',
  S: '5',
  G: '6',
  B: '8',
};
const asLetter: Readonly<Record<string, string>> = {
  '0': 'O',
  '1': 'I',
  '2': 'Z',
  '5': 'S',
  '6': 'G',
  '8': 'B',
};

const fitting: Readonly<Record<string, (char: string) => string | undefined>> = {
  '9': (char) => (/\d/.test(char) ? char : asDigit[char]),
  A: (char) => (/[A-Z]/.test(char) ? char : asLetter[char]),
  '*': (char) => (/[A-Z0-9]/.test(char) ? char : undefined),
};

function fitForm(text: string, form: string): string | undefined {
  if (text.length !== form.length) return undefined;
  const chars = [...text].map((char, i) => {
    const kind = form[i] ?? '';
    return kind in fitting ? fitting[kind]?.(char) : char === kind ? char : undefined;
  });
  return chars.includes(undefined) ? undefined : chars.join('');
}

/** Whether a number that was read for certain has one of the forms. Separators do not count: zones leave them out. */
export function fitsNumberForm(number: string, forms: string): boolean {
  const plain = (text: string) => text.replaceAll(/[^A-Z0-9*]/g, '');
  return forms.split(' ').some((form) => {
    const kinds: Readonly<Record<string, RegExp>> = { '9': /\d/, A: /[A-Z]/, '*': /[A-Z0-9]/ };
    const [chars, wanted] = [plain(number), plain(form)];
    return (
      chars.length === wanted.length &&
      [...chars].every((char, i) => kinds[wanted[i] ?? '']?.test(char) ?? false)
    );
  });
}
