import states from './data/states.json' with { type: 'json' };
import { bindChecks, documentNumberOf, optionalDataFrom, passes, textAt } from './mrz-checks.ts';
import { birthDateOf, expiryDateOf, type IsoDate } from './mrz-dates.ts';
import {
  type CheckName,
  type FieldName,
  findLayout,
  isAllowed,
  type MrzFormat,
  type MrzLayout,
} from './mrz-formats.ts';
import { namesOf, unfill } from './mrz-names.ts';

/** What the zone says. Empty fields are absent; dates that are not dates are absent too, and listed as faults. */
export interface MrzFields {
  readonly documentCode?: string;
  readonly issuingState?: string;
  readonly documentNumber?: string;
  readonly nationality?: string;
  readonly surname?: string;
  readonly givenNames?: string;
  readonly birthDate?: IsoDate;
  readonly expiryDate?: IsoDate;
  readonly sex?: 'F' | 'M' | 'X';
  readonly optionalData?: string;
  readonly optionalData2?: string;
  readonly personalNumber?: string;
}

export type MrzFaultCode =
  | 'unknown_state'
  | 'impossible_date'
  | 'unknown_sex'
  | 'wrong_character'
  | 'empty';

/** A field that breaks its grammar. */
export interface MrzFault {
  readonly field: FieldName;
  readonly code: MrzFaultCode;
}

export interface ParsedMrz {
  readonly format: MrzFormat;
  readonly lines: readonly string[];
  readonly fields: MrzFields;
  readonly namesMaybeTruncated: boolean;
  /** Check digits that this format has. Empty: the zone proves nothing about itself. */
  readonly checks: readonly CheckName[];
  readonly failedChecks: readonly CheckName[];
  readonly faults: readonly MrzFault[];
  /** At least one check digit, all of them right, no fault. */
  readonly valid: boolean;
}

const knownStates = new Set(
  [states.iso, states.icao, states.withdrawn, states.specimen].join(' ').split(' '),
);

/**
 * Reads a machine-readable zone. Undefined when the text has the shape of no known format; a misread or
 * forged zone comes back with its failed checks and faults. Nothing is corrected here.
 */
export function parseMrz(lines: readonly string[], today: IsoDate): ParsedMrz | undefined {
  const layout = findLayout(lines);
  if (!layout || !lines.every((line) => /^[A-Z0-9<]+$/.test(line))) return undefined;
  const checks = bindChecks(layout, lines);
  const failedChecks = checks.filter((check) => !passes(check, lines)).map(({ name }) => name);
  const raw = rawFields(layout, lines);
  const faults = [...findFaults(layout, raw, today)];
  return {
    format: layout.format,
    lines,
    fields: fieldsOf(layout, lines, raw, today),
    namesMaybeTruncated: raw.names !== undefined && namesOf(raw.names).maybeTruncated,
    checks: checks.map(({ name }) => name),
    failedChecks,
    faults,
    valid: checks.length > 0 && failedChecks.length === 0 && faults.length === 0,
  };
}

type RawFields = Partial<Record<FieldName, string>>;

function rawFields(layout: MrzLayout, lines: readonly string[]): RawFields {
  const entries = Object.entries(layout.fields).map(([name, span]) => [name, textAt(lines, span)]);
  return Object.fromEntries(entries) as RawFields;
}

function fieldsOf(
  layout: MrzLayout,
  lines: readonly string[],
  raw: RawFields,
  today: IsoDate,
): MrzFields {
  const names = raw.names === undefined ? undefined : namesOf(raw.names);
  const from = optionalDataFrom(layout, lines);
  const optional = layout.fields.optionalData;
  const optionalData =
    optional && from !== undefined ? textAt(lines, { ...optional, from }) : raw.optionalData;
  return withoutEmpty({
    documentCode: unfill(raw.documentCode ?? ''),
    issuingState: unfill(raw.issuingState ?? ''),
    documentNumber: documentNumberOf(layout, lines),
    nationality: unfill(raw.nationality ?? ''),
    surname: names?.surname ?? unfill(raw.surname ?? ''),
    givenNames: names?.givenNames ?? unfill(raw.givenNames ?? ''),
    birthDate: birthDateOf(raw.birthDate ?? '', today),
    expiryDate: expiryDateOf(raw.expiryDate ?? '', today),
    sex: sexOf(raw.sex),
    optionalData: unfill(optionalData ?? ''),
    optionalData2: unfill(raw.optionalData2 ?? ''),
    personalNumber: unfill(raw.personalNumber ?? ''),
  });
}

function withoutEmpty(fields: Record<string, string | undefined>): MrzFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as MrzFields;
}

/** A filler says "unspecified", X in our own terms; what is no sex at all is listed as a fault. */
function sexOf(raw: string | undefined): 'F' | 'M' | 'X' | undefined {
  if (raw === undefined) return undefined;
  return raw === 'F' || raw === 'M' ? raw : 'X';
}

function* findFaults(layout: MrzLayout, raw: RawFields, today: IsoDate): Generator<MrzFault> {
  for (const [name, span] of Object.entries(layout.fields)) {
    const field = name as FieldName;
    const text = raw[field] ?? '';
    if (field === 'sex' && !isAllowed('sex', text)) yield { field, code: 'unknown_sex' };
    else if ([...text].some((char) => !isAllowed(span.kind, char))) {
      yield { field, code: 'wrong_character' };
    }
  }
  for (const field of ['issuingState', 'nationality'] as const) {
    const text = raw[field];
    if (text !== undefined && !knownStates.has(text.replaceAll('<', ''))) {
      yield { field, code: 'unknown_state' };
    }
  }
  for (const field of ['documentNumber', 'names', 'surname'] as const) {
    if (raw[field] !== undefined && /^<*$/.test(raw[field])) yield { field, code: 'empty' };
  }
  yield* dateFaults(raw, today);
}

function* dateFaults(raw: RawFields, today: IsoDate): Generator<MrzFault> {
  const { birthDate, expiryDate } = raw;
  // Fillers for an unknown day, month or year of birth are allowed; a wrong date is not.
  if (birthDate && !birthDate.includes('<') && !birthDateOf(birthDate, today)) {
    yield { field: 'birthDate', code: 'impossible_date' };
  }
  // A document without expiry prints fillers.
  if (expiryDate && !expiryDate.includes('<') && !expiryDateOf(expiryDate, today)) {
    yield { field: 'expiryDate', code: 'impossible_date' };
  }
}
