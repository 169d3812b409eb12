/** Layouts as tables: where each field and check digit stands. Columns count from 0, `to` is exclusive. */

export const mrzFormats = [
  'TD1',
  'TD2',
  'TD3',
  'MRV-A',
  'MRV-B',
  'IDFRA',
  'FRADL',
  'CHEDL',
] as const;
export type MrzFormat = (typeof mrzFormats)[number];

/** What may stand in a place: letters, digits, either; `<` everywhere. `digit` admits no filler. */
export type CharacterKind = 'alpha' | 'numeric' | 'any' | 'digit' | 'sex' | 'filler';

export const fieldNames = [
  'documentCode',
  'issuingState',
  'documentNumber',
  'nationality',
  'names',
  'surname',
  'givenNames',
  'birthDate',
  'expiryDate',
  'issueMonth',
  'sex',
  'optionalData',
  'optionalData2',
  'personalNumber',
] as const;
export type FieldName = (typeof fieldNames)[number];

export interface Span {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

export interface FieldSpan extends Span {
  readonly kind: CharacterKind;
}

export type CheckName = 'number' | 'birth' | 'expiry' | 'personal' | 'composite';

export interface CheckSpec {
  readonly name: CheckName;
  readonly line: number;
  readonly column: number;
  readonly over: readonly Span[];
  /** A filler instead of the digit is right when nothing is guarded. */
  readonly emptyAllowed?: boolean;
}

export interface MrzLayout {
  readonly format: MrzFormat;
  readonly lineLengths: readonly number[];
  /** Whether these lines, of the right lengths, are of this format. */
  readonly starts: RegExp;
  readonly fields: Partial<Record<FieldName, FieldSpan>>;
  readonly checks: readonly CheckSpec[];
  /** Long document numbers run on into this span when a filler stands where the check digit should (Doc 9303-5 §4.2.2). */
  readonly overflow?: Span;
  /** The standard that says so. */
  readonly source: string;
}

const at = (line: number, from: number, to: number): Span => ({ line, from, to });
const field = (kind: CharacterKind, line: number, from: number, to: number): FieldSpan => ({
  kind,
  line,
  from,
  to,
});
const check = (name: CheckName, line: number, column: number, ...over: Span[]): CheckSpec => ({
  name,
  line,
  column,
  over,
});

/** First line of two: code, state, names. */
const head = (length: number) => ({
  documentCode: field('alpha', 0, 0, 2),
  issuingState: field('alpha', 0, 2, 5),
  names: field('alpha', 0, 5, length),
});

/** Second line of two: number, nationality, dates; the same for passports, TD2 cards and visas. */
const secondLine = {
  documentNumber: field('any', 1, 0, 9),
  nationality: field('alpha', 1, 10, 13),
  birthDate: field('numeric', 1, 13, 19),
  sex: field('sex', 1, 20, 21),
  expiryDate: field('numeric', 1, 21, 27),
};
const secondLineChecks = [
  check('number', 1, 9, at(1, 0, 9)),
  check('birth', 1, 19, at(1, 13, 19)),
  check('expiry', 1, 27, at(1, 21, 27)),
];

/** A, I or C; the digit is I misread, so that such a zone is reported with its faults instead of not at all. */
const cardCode = /^[AIC1]/;

const td3: MrzLayout = {
  format: 'TD3',
  lineLengths: [44, 44],
  starts: /^P/,
  fields: { ...head(44), ...secondLine, personalNumber: field('any', 1, 28, 42) },
  checks: [
    ...secondLineChecks,
    { ...check('personal', 1, 42, at(1, 28, 42)), emptyAllowed: true },
    check('composite', 1, 43, at(1, 0, 10), at(1, 13, 20), at(1, 21, 43)),
  ],
  source: 'ICAO Doc 9303 part 4, §4.2',
};

const td2: MrzLayout = {
  format: 'TD2',
  lineLengths: [36, 36],
  starts: cardCode,
  fields: { ...head(36), ...secondLine, optionalData: field('any', 1, 28, 35) },
  checks: [
    ...secondLineChecks,
    check('composite', 1, 35, at(1, 0, 10), at(1, 13, 20), at(1, 21, 35)),
  ],
  overflow: at(1, 28, 35),
  source: 'ICAO Doc 9303 part 6, §4.2',
};

const td1: MrzLayout = {
  format: 'TD1',
  lineLengths: [30, 30, 30],
  starts: cardCode,
  fields: {
    documentCode: field('alpha', 0, 0, 2),
    issuingState: field('alpha', 0, 2, 5),
    documentNumber: field('any', 0, 5, 14),
    optionalData: field('any', 0, 15, 30),
    birthDate: field('numeric', 1, 0, 6),
    sex: field('sex', 1, 7, 8),
    expiryDate: field('numeric', 1, 8, 14),
    nationality: field('alpha', 1, 15, 18),
    optionalData2: field('any', 1, 18, 29),
    names: field('alpha', 2, 0, 30),
  },
  checks: [
    check('number', 0, 14, at(0, 5, 14)),
    check('birth', 1, 6, at(1, 0, 6)),
    check('expiry', 1, 14, at(1, 8, 14)),
    check('composite', 1, 29, at(0, 5, 30), at(1, 0, 7), at(1, 8, 15), at(1, 18, 29)),
  ],
  overflow: at(0, 15, 30),
  source: 'ICAO Doc 9303 part 5, §4.2',
};

/** Visas have no composite digit and none over the optional data. */
const visa = (format: 'MRV-A' | 'MRV-B', length: number): MrzLayout => ({
  format,
  lineLengths: [length, length],
  starts: /^V/,
  fields: { ...head(length), ...secondLine, optionalData: field('any', 1, 28, length) },
  checks: secondLineChecks,
  source: 'ICAO Doc 9303 part 7, §4.2',
});

/** Carte nationale d'identité until 2021: 2 × 36, its own layout. */
const frenchCard: MrzLayout = {
  format: 'IDFRA',
  lineLengths: [36, 36],
  starts: /^IDFRA/,
  fields: {
    documentCode: field('alpha', 0, 0, 2),
    issuingState: field('alpha', 0, 2, 5),
    surname: field('alpha', 0, 5, 30),
    optionalData: field('any', 0, 30, 36),
    documentNumber: field('any', 1, 0, 12),
    givenNames: field('alpha', 1, 13, 27),
    birthDate: field('numeric', 1, 27, 33),
    sex: field('sex', 1, 34, 35),
  },
  checks: [
    check('number', 1, 12, at(1, 0, 12)),
    check('birth', 1, 33, at(1, 27, 33)),
    check('composite', 1, 35, at(0, 0, 36), at(1, 0, 35)),
  ],
  source: 'French decree 55-1397 as amended, and public specimens',
};

/** French driving licence since 2013: one line of 30 (EU directive 2006/126 leaves it to the state). */
const frenchLicence: MrzLayout = {
  format: 'FRADL',
  lineLengths: [30],
  starts: /^D[1-9<]FRA/,
  fields: {
    documentCode: field('any', 0, 0, 2),
    issuingState: field('alpha', 0, 2, 5),
    documentNumber: field('any', 0, 5, 14),
    expiryDate: field('numeric', 0, 15, 21),
    surname: field('alpha', 0, 21, 29),
  },
  checks: [check('number', 0, 14, at(0, 0, 14)), check('composite', 0, 29, at(0, 0, 29))],
  source: 'ISO/IEC 18013-1:2018 annex on machine-readable zones, and public specimens',
};

/** Swiss driving licence: 9, 30 and 30 characters, no check digit at all. */
const swissLicence: MrzLayout = {
  format: 'CHEDL',
  lineLengths: [9, 30, 30],
  starts: /^[A-Z0-9]{6}[A-Z]<<\nFA(CHE|LIE)/,
  fields: {
    documentNumber: field('any', 0, 0, 9),
    documentCode: field('alpha', 1, 0, 2),
    issuingState: field('alpha', 1, 2, 5),
    personalNumber: field('numeric', 1, 5, 14),
    optionalData: field('numeric', 1, 14, 17),
    birthDate: field('numeric', 1, 19, 25),
    names: field('alpha', 2, 0, 30),
  },
  checks: [],
  source: 'Swiss driving licence in card form, public specimens',
};

/** In order of preference: the special layouts first, because TD2 and TD1 would accept them. */
export const layouts: readonly MrzLayout[] = [
  frenchCard,
  frenchLicence,
  swissLicence,
  td3,
  visa('MRV-A', 44),
  visa('MRV-B', 36),
  td1,
  td2,
];

/** The layout of these lines, or undefined: wrong lengths, or a first character that no format has. */
export function findLayout(lines: readonly string[]): MrzLayout | undefined {
  const text = lines.join('\n');
  return layouts.find(
    ({ lineLengths, starts }) =>
      lineLengths.length === lines.length &&
      lineLengths.every((length, i) => lines[i]?.length === length) &&
      starts.test(text),
  );
}

/** What may stand at a place of a layout. */
export function kindAt(layout: MrzLayout, line: number, column: number): CharacterKind {
  for (const { line: l, column: c, emptyAllowed } of layout.checks) {
    if (l !== line || c !== column) continue;
    const overflows = layout.overflow !== undefined && c === layout.checks[0]?.column;
    return emptyAllowed || (overflows && l === layout.checks[0]?.line) ? 'numeric' : 'digit';
  }
  for (const span of Object.values(layout.fields)) {
    if (span.line === line && column >= span.from && column < span.to) return span.kind;
  }
  return 'filler';
}

const allowed: Record<CharacterKind, RegExp> = {
  alpha: /^[A-Z<]$/,
  numeric: /^[0-9<]$/,
  any: /^[A-Z0-9<]$/,
  digit: /^[0-9]$/,
  // Unspecified is a filler here; X stands in the visual zone only (Doc 9303-4 §4.2.2).
  sex: /^[FM<]$/,
  filler: /^<$/,
};

export function isAllowed(kind: CharacterKind, char: string): boolean {
  return allowed[kind].test(char);
}
