import { z } from 'zod';
import type { Fact } from '../checks/index.ts';
import { transliterate } from '../documents/index.ts';
import { textSimilarity } from '../workflows/index.ts';
import type { ExpectedData } from './personal-data.ts';

/** What was read on a document, whatever it was read from. Personal: lives in sealed artifacts only. */
export const DocumentData = z.strictObject({
  source: z.enum(['mrz', 'barcode']),
  document_type: z.string().optional(),
  issuing_country: z.string().optional(),
  document_number: z.string().optional(),
  surname: z.string().optional(),
  given_names: z.string().optional(),
  birth_date: z.string().optional(),
  expiry_date: z.string().optional(),
  sex: z.enum(['F', 'M', 'X']).optional(),
  nationality: z.string().optional(),
});
export type DocumentData = z.infer<typeof DocumentData>;

/** One side as machines read it. */
export const SideReading = z.strictObject({
  data: DocumentData.optional(),
  /** Reason codes about this side. */
  codes: z.array(z.string()),
  /** 0–100: the least certain character, where there is such a figure. */
  certainty: z.number().optional(),
});
export type SideReading = z.infer<typeof SideReading>;

export interface Assessment {
  readonly data: DocumentData | undefined;
  readonly codes: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
  readonly certainty: number | undefined;
}

/**
 * Both sides together. The back side is believed first: it carries the zone of cards and the barcode of
 * licences. Facts hold codes and ages, nothing that names a person.
 * @param today ISO date on which the captures were made
 */
export function assessSides(front: SideReading, back: SideReading, today: string): Assessment {
  const main = back.data ? back : front.data ? front : undefined;
  const codes = new Set([...front.codes, ...back.codes]);
  if (!main?.data) codes.add('MRZ_NOT_DETECTED');
  if (front.data && back.data && differ(front.data, back.data))
    codes.add('DOCUMENT_SIDES_MISMATCH');
  const data = main?.data;
  if (data && !data.expiry_date) codes.add('EXPIRATION_DATE_NOT_DETECTED');
  if (data && !data.birth_date) codes.add('DATE_OF_BIRTH_NOT_DETECTED');
  const facts: Record<string, Fact | undefined> = {
    source: data?.source,
    document_type: data?.document_type,
    issuing_country: data?.issuing_country,
    age: data?.birth_date ? ageOn(data.birth_date, today) : undefined,
    is_expired: data?.expiry_date ? data.expiry_date < today : undefined,
  };
  return {
    data,
    codes: [...codes],
    facts: Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    certainty: main?.certainty,
  };
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
  const [a, b] = [words(wanted), words(read)];
  if (a.length > 0 && a.every((word) => b.includes(word))) return 100;
  return textSimilarity(a.join(' '), b.join(' '));
}

function words(name: string): string[] {
  return transliterate(name).split(' ').filter(Boolean);
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
