import { z } from 'zod';
import type { Fact } from '../checks/index.ts';
import {
  type CrossCheck,
  type CrossCheckedField,
  certainPrint,
  crossCheck,
  crossCheckedFields,
  nameLikeness,
  type SourcedValue,
} from '../documents/index.ts';
import { textSimilarity } from '../workflows/index.ts';
import type { ExpectedData } from './personal-data.ts';

/** What was read on a document, whatever it was read from. Personal: lives in sealed artifacts only. */
export const DocumentData = z.strictObject({
  source: z.enum(['mrz', 'barcode', 'visual']),
  document_type: z.string().optional(),
  issuing_country: z.string().optional(),
  document_number: z.string().optional(),
  surname: z.string().optional(),
  given_names: z.string().optional(),
  birth_date: z.string().optional(),
  issue_date: z.string().optional(),
  expiry_date: z.string().optional(),
  sex: z.enum(['F', 'M', 'X']).optional(),
  nationality: z.string().optional(),
  address: z.string().optional(),
});
export type DocumentData = z.infer<typeof DocumentData>;

const printedFields = [...crossCheckedFields, 'address'] as const;

/** One side as machines read it. */
export const SideReading = z.strictObject({
  data: DocumentData.optional(),
  /** What is printed outside zone and barcode, and how sure each value is, 0–100. */
  printed: z
    .partialRecord(
      z.enum(printedFields),
      z.strictObject({ value: z.string(), confidence: z.number() }),
    )
    .optional(),
  /** As the layout template that was recognised says. */
  type: z.string().optional(),
  state: z.string().optional(),
  /** Reason codes about this side. */
  codes: z.array(z.string()),
  /** 0–100: the least certain character, where there is such a figure. */
  certainty: z.number().optional(),
});
export type SideReading = z.infer<typeof SideReading>;

export interface Assessment {
  readonly data: DocumentData | undefined;
  /** Field by field, how the places that state it agree. */
  readonly evidence: readonly CrossCheck[];
  readonly codes: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
  readonly certainty: number | undefined;
}

/**
 * Both sides together. The back side is believed first: it carries the zone of cards and the barcode of
 * licences; print alone is believed last. Facts hold codes and ages, nothing that names a person.
 * @param today ISO date on which the captures were made
 */
export function assessSides(front: SideReading, back: SideReading, today: string): Assessment {
  const main = back.data ? back : front.data ? front : undefined;
  const data = withPrinted(main?.data, front, back);
  const evidence = crossCheck(statedBy(front, back));
  const codes = new Set([...front.codes, ...back.codes]);
  if (!main?.data) codes.add('MRZ_NOT_DETECTED');
  if (front.data && back.data && differ(front.data, back.data))
    codes.add('DOCUMENT_SIDES_MISMATCH');
  for (const code of data ? [...contradictions(evidence), ...faultsOf(data, today)] : []) {
    codes.add(code);
  }
  const facts: Record<string, Fact | undefined> = {
    source: data?.source,
    document_type: data?.document_type,
    issuing_country: data?.issuing_country,
    age: data?.birth_date ? ageOn(data.birth_date, today) : undefined,
    is_expired: data?.expiry_date ? data.expiry_date < today : undefined,
    ...(evidence.length > 0 && {
      fields_compared: evidence.length,
      fields_agreeing: evidence.filter(({ agreement }) => agreement === 'same').length,
      fields_differing: fieldsWith(evidence, 'differs'),
    }),
  };
  return {
    data,
    evidence,
    codes: [...codes],
    facts: Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    certainty: main?.certainty,
  };
}

function fieldsWith(evidence: readonly CrossCheck[], wanted: CrossCheck['agreement']): string {
  return evidence
    .filter(({ agreement }) => agreement === wanted)
    .map(({ field }) => field)
    .join(' ');
}

/** What is stated where, over both sides. */
function statedBy(
  front: SideReading,
  back: SideReading,
): Partial<Record<CrossCheckedField, SourcedValue[]>> {
  const sides = [front, back];
  const stated = crossCheckedFields.map((field) => {
    const read = sides.flatMap(({ data }) => {
      const value = data?.[field];
      return data && value ? [{ source: data.source, value }] : [];
    });
    const printed = sides.flatMap((side) => {
      const print = side.printed?.[field];
      return print ? [{ source: 'visual' as const, ...print }] : [];
    });
    return [field, [...read, ...printed]];
  });
  return Object.fromEntries(stated);
}

/** Machine-readable values first; what they do not state is taken from print that was read for certain. */
function withPrinted(
  data: DocumentData | undefined,
  front: SideReading,
  back: SideReading,
): DocumentData | undefined {
  const printed = printedFields.flatMap((field) => {
    const print = front.printed?.[field] ?? back.printed?.[field];
    return print && print.confidence >= certainPrint ? [[field, print.value] as const] : [];
  });
  if (!data && printed.length === 0) return undefined;
  const type = front.type ?? back.type;
  const state = front.state ?? back.state;
  const shown: DocumentData = {
    source: 'visual',
    ...(type !== undefined && { document_type: type }),
    ...(state !== undefined && { issuing_country: state }),
    ...Object.fromEntries(printed),
  };
  return { ...shown, ...data };
}

/** Only readings that are certain accuse; see `crossCheck`. */
function contradictions(evidence: readonly CrossCheck[]): readonly string[] {
  const differing = evidence.filter(({ agreement }) => agreement === 'differs');
  const withPrint = differing.filter(({ values }) =>
    values.some(({ source }) => source === 'visual'),
  );
  const hasZone = withPrint.some(({ values }) => values.some(({ source }) => source === 'mrz'));
  return [
    ...(hasZone ? ['MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME'] : []),
    ...(withPrint.length > 0 && !hasZone ? ['DATA_INCONSISTENT'] : []),
    ...(evidence.some(({ agreement }) => agreement === 'alike') ? ['DATA_SIMILAR'] : []),
  ];
}

/** What is missing, and dates that cannot all be true. */
function faultsOf(data: DocumentData, today: string): readonly string[] {
  const { birth_date: birth, issue_date: issue, expiry_date: expiry } = data;
  const isOutOfOrder =
    issue !== undefined &&
    ((birth !== undefined && issue <= birth) || (expiry !== undefined && issue >= expiry));
  return [
    ...(expiry === undefined ? ['EXPIRATION_DATE_NOT_DETECTED'] : []),
    ...(birth === undefined ? ['DATE_OF_BIRTH_NOT_DETECTED'] : []),
    ...(data.surname === undefined ? ['NAME_NOT_DETECTED'] : []),
    ...(data.document_number === undefined ? ['DOCUMENT_NUMBER_NOT_DETECTED'] : []),
    ...(isOutOfOrder ? ['INVALID_DATE'] : []),
    ...(issue !== undefined && issue > today ? ['FUTURE_ISSUE_DATE'] : []),
  ];
}

/** Completed years. */
export function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

export interface Comparison {
  readonly codes: readonly string[];
  /** Of the names, 0–100; absent when no name was expected. */
  readonly similarity: number | undefined;
}

/** From here on, names count as spellings of one another (see `textSimilarity`). */
const similarNames = 80;

export function compareExpected(
  data: DocumentData | undefined,
  expected: ExpectedData | undefined,
): Comparison {
  const { address: _, ...comparable } = expected ?? {};
  if (Object.values(comparable).every((value) => value === undefined)) {
    return { codes: ['NOTHING_EXPECTED'], similarity: undefined };
  }
  if (!data) return { codes: ['DATA_NOT_READ'], similarity: undefined };
  const names = compareNames(data, comparable);
  const differs = (read: string | undefined, wanted: string | undefined, code: string) =>
    wanted !== undefined && read !== wanted ? [code] : [];
  return {
    codes: [
      ...names.codes,
      ...differs(data.birth_date, comparable.date_of_birth, 'DOB_MISMATCH_WITH_PROVIDED'),
      ...differs(data.sex, comparable.gender, 'GENDER_MISMATCH_WITH_PROVIDED'),
      ...differs(data.nationality, comparable.nationality, 'NATIONALITY_MISMATCH_WITH_PROVIDED'),
      ...differs(data.issuing_country, comparable.document_country, 'DOCUMENT_COUNTRY_MISMATCH'),
      ...differs(
        plainNumber(data.document_number),
        plainNumber(comparable.document_number),
        'DOCUMENT_NUMBER_MISMATCH_WITH_PROVIDED',
      ),
    ],
    similarity: names.similarity,
  };
}

/** Every expected word must stand on the document; further given names on it are no difference. */
function compareNames(
  data: DocumentData,
  { first_name, last_name }: Pick<ExpectedData, 'first_name' | 'last_name'>,
): Comparison {
  if (first_name === undefined && last_name === undefined) {
    return { codes: [], similarity: undefined };
  }
  const pairs = [
    [first_name, data.given_names],
    [last_name, data.surname],
  ].filter(([wanted]) => wanted !== undefined);
  const similarity = Math.min(...pairs.map(([wanted, read]) => nameSimilarity(wanted, read)));
  if (similarity === 100) return { codes: [], similarity };
  const code = similarity >= similarNames ? 'NAME_SIMILAR' : 'FULL_NAME_MISMATCH_WITH_PROVIDED';
  return { codes: [code], similarity };
}

function nameSimilarity(wanted = '', read = ''): number {
  if (read === '') return 0;
  // Spellings of Doc 9303-3 §6 count as equal; otherwise the nearer of two measures, one of which forgives swaps.
  const share = 100 * nameLikeness(wanted, read);
  return share === 100 ? 100 : Math.max(share, textSimilarity(wanted, read));
}

function plainNumber(text: string | undefined): string | undefined {
  return text?.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

function differ(a: DocumentData, b: DocumentData): boolean {
  const fields = ['document_number', 'birth_date', 'surname'] as const;
  return fields.some((field) => {
    const [left, right] = [a[field], b[field]];
    return left !== undefined && right !== undefined && plainNumber(left) !== plainNumber(right);
  });
}
