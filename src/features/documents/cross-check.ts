import { transliterations } from './mrz-names.ts';
import { likeness, plainText } from './visual-text.ts';

/** Where a value was read. */
export type DataSource = 'mrz' | 'barcode' | 'visual';

/** Fields that more than one place of a document states. */
export const crossCheckedFields = [
  'surname',
  'given_names',
  'birth_date',
  'sex',
  'document_number',
  'issue_date',
  'expiry_date',
] as const;
export type CrossCheckedField = (typeof crossCheckedFields)[number];

export interface SourcedValue {
  readonly source: DataSource;
  readonly value: string;
  /** 0–100; absent where check digits or error correction vouch for it. */
  readonly confidence?: number | undefined;
}

/**
 * `same`: one and the same, spelling rules of Doc 9303-3 §6 granted. `alike`: a misreading may explain it. `unsure`:
 * different, but one of them was not read for certain. `differs`: different, and both are certain.
 */
export type Agreement = 'same' | 'alike' | 'unsure' | 'differs';

export interface CrossCheck {
  readonly field: CrossCheckedField;
  readonly agreement: Agreement;
  /** 0–100 of the two values that differ most. */
  readonly similarity: number;
  readonly values: readonly SourcedValue[];
}

/** From this confidence on a printed value counts as read. */
export const certainPrint = 85;
const alikeFrom = 0.8;

/** Every field that at least two sources state, the worst pair of each. */
export function crossCheck(
  stated: Partial<Record<CrossCheckedField, readonly SourcedValue[]>>,
): readonly CrossCheck[] {
  return crossCheckedFields.flatMap((field) => {
    const values = stated[field] ?? [];
    const pairs = values.flatMap((a, i) => values.slice(i + 1).map((b) => compare(field, a, b)));
    const worst = pairs.sort((a, b) => order.indexOf(b.agreement) - order.indexOf(a.agreement))[0];
    return worst ? [{ field, ...worst, values }] : [];
  });
}

const order: readonly Agreement[] = ['same', 'alike', 'unsure', 'differs'];

function compare(
  field: CrossCheckedField,
  a: SourcedValue,
  b: SourcedValue,
): { readonly agreement: Agreement; readonly similarity: number } {
  const isName = field === 'surname' || field === 'given_names';
  const share = isName ? nameLikeness(a.value, b.value) : likeness(a.value, b.value);
  const similarity = Math.round(100 * share);
  if (share === 1) return { agreement: 'same', similarity };
  const isCertain = [a, b].every(({ confidence = 100 }) => confidence >= certainPrint);
  // A forger changes one digit of a date; so does a bad print. Only certain readings accuse.
  if (!isCertain || isPart(a.value, b.value)) return { agreement: 'unsure', similarity };
  const isAlike = (isName || field === 'document_number') && share >= alikeFrom;
  return { agreement: isAlike ? 'alike' : 'differs', similarity };
}

/** A stamp or the edge of its place may have cut a word. Dates have one length. */
function isPart(a: string, b: string): boolean {
  const [x, y] = [plainText(a), plainText(b)];
  return x.length !== y.length && (x.includes(y) || y.includes(x));
}

/**
 * 1 where one is a spelling of the other: another transliteration, cut off at the end of a zone's line, with further
 * given names, or with the marks over letters misread.
 */
export function nameLikeness(a: string, b: string): number {
  const [left, right] = [spellings(a), spellings(b)];
  return Math.max(...left.flatMap((x) => right.map((y) => spelledAlike(x, y))));
}

function spelledAlike(x: string, y: string): number {
  const [short, long] = x.length <= y.length ? [x, y] : [y, x];
  const isContained =
    short.length >= 2 && short.split(' ').every((word) => long.split(' ').includes(word));
  // Zones hold 30 to 39 characters of a name; less is no cut.
  const isCut = short.length >= 18 && long.startsWith(short);
  return isContained || isCut ? 1 : likeness(x, y);
}

function spellings(name: string): readonly string[] {
  const all = transliterations(name, 8).map(plainText);
  // AE, OE and UE stand for umlauts as well as for themselves.
  return [...new Set([...all, ...all.map((text) => text.replaceAll(/([AOU])E/g, '$1'))])];
}
