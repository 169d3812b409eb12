import { describe, expect, it } from 'vitest';
import { dataMatch } from '../checks/data-match/check.ts';
import { document } from '../checks/document/check.ts';
import type { TaskResult } from '../checks/index.ts';
import {
  ageOn,
  assessSides,
  compareExpected,
  type DocumentData,
  type SideReading,
} from './document-data.ts';

const utopia: DocumentData = {
  source: 'mrz',
  document_type: 'id_card',
  issuing_country: 'UTO',
  document_number: 'D23145890',
  surname: 'MUELLER',
  given_names: 'ANNA MARIA',
  birth_date: '1974-08-12',
  expiry_date: '2030-04-15',
  sex: 'F',
  nationality: 'UTO',
};
const side = (data?: DocumentData, ...codes: string[]) => ({ ...(data && { data }), codes });
const today = '2026-11-20';

describe('the two sides of a document', () => {
  it('give facts without a name, a number or a date', () => {
    const { data, codes, facts } = assessSides(side(), side(utopia), today);
    expect(data).toEqual(utopia);
    expect(codes).toEqual([]);
    expect(facts).toEqual({
      source: 'mrz',
      document_type: 'id_card',
      issuing_country: 'UTO',
      age: 52,
      is_expired: false,
    });
  });

  it('say when nothing was read, when they differ and when the document has expired', () => {
    expect(assessSides(side(), side(), today).codes).toEqual(['MRZ_NOT_DETECTED']);
    const other = { ...utopia, document_number: 'X00000000' };
    expect(assessSides(side(other), side(utopia), today).codes).toEqual([
      'DOCUMENT_SIDES_MISMATCH',
    ]);
    const old = { ...utopia, expiry_date: '2026-11-19' };
    expect(assessSides(side(old), side(), today).facts.is_expired).toBe(true);
    expect(assessSides(side({ ...old, expiry_date: today }), side(), today).facts.is_expired).toBe(
      false,
    );
  });

  it('are compared with what is printed on them, and only certain print accuses', () => {
    const printed = (surname: string, confidence: number) => ({
      ...side(),
      printed: { surname: { value: surname, confidence } },
    });
    const assess = (front: SideReading) => assessSides(front, side(utopia), today);
    const same = assess(printed('Müller', 95));
    expect(same.codes).toEqual([]);
    expect(same.facts).toMatchObject({ fields_compared: 1, fields_agreeing: 1 });
    expect(assess(printed('LARSEN', 40)).codes).toEqual([]);
    const forged = assess(printed('LARSEN', 95));
    expect(forged.codes).toEqual(['MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME']);
    expect(forged.facts.fields_differing).toBe('surname');
    expect(forged.evidence[0]?.values.map(({ source }) => source)).toEqual(['mrz', 'visual']);
    expect(forged.data?.surname).toBe('MUELLER');
    expect(assess(printed('MULER', 95)).codes).toEqual(['DATA_SIMILAR']);
    const barcode = { ...side({ ...utopia, source: 'barcode' }) };
    expect(assessSides(printed('LARSEN', 95), barcode, today).codes).toEqual(['DATA_INCONSISTENT']);
  });

  it('are taken from print where nothing else was read, and that is said', () => {
    const front = {
      ...side(),
      type: 'driving_licence',
      state: 'UTO',
      printed: { surname: { value: 'DOE', confidence: 95 }, sex: { value: 'F', confidence: 30 } },
    };
    const { data, codes } = assessSides(front, side(), today);
    expect(data).toEqual({
      source: 'visual',
      document_type: 'driving_licence',
      issuing_country: 'UTO',
      surname: 'DOE',
    });
    expect(codes).toContain('MRZ_NOT_DETECTED');
    expect(codes).toContain('DATE_OF_BIRTH_NOT_DETECTED');
  });

  it('have dates that cannot all be true', () => {
    const codesOf = (issue_date: string) =>
      assessSides(side(), side({ ...utopia, issue_date }), today).codes;
    expect(codesOf('2020-04-16')).toEqual([]);
    expect(codesOf('2030-04-15')).toEqual(['INVALID_DATE', 'FUTURE_ISSUE_DATE']);
    expect(codesOf('1974-08-12')).toEqual(['INVALID_DATE']);
    expect(codesOf('2027-01-01')).toEqual(['FUTURE_ISSUE_DATE']);
  });

  it('count completed years', () => {
    expect(ageOn('2008-11-20', today)).toBe(18);
    expect(ageOn('2008-11-21', today)).toBe(17);
    expect(ageOn('2008-02-29', '2026-02-28')).toBe(17);
  });
});

describe('expected data', () => {
  it('matches across spellings, further given names and separators', () => {
    const expected = {
      first_name: 'Anna',
      last_name: 'Müller',
      date_of_birth: '1974-08-12',
      gender: 'F' as const,
      document_number: 'D-231 458 90',
    };
    expect(compareExpected(utopia, expected)).toEqual({ codes: [], similarity: 100 });
  });

  it('names each difference', () => {
    const expected = {
      first_name: 'Berta',
      date_of_birth: '1974-08-13',
      nationality: 'FRA',
      document_country: 'FRA',
      gender: 'M' as const,
      document_number: 'D23145891',
    };
    expect(compareExpected(utopia, expected).codes).toEqual([
      'FULL_NAME_MISMATCH_WITH_PROVIDED',
      'DOB_MISMATCH_WITH_PROVIDED',
      'GENDER_MISMATCH_WITH_PROVIDED',
      'NATIONALITY_MISMATCH_WITH_PROVIDED',
      'DOCUMENT_COUNTRY_MISMATCH',
      'DOCUMENT_NUMBER_MISMATCH_WITH_PROVIDED',
    ]);
    expect(compareExpected(utopia, { last_name: 'Mueler' }).codes).toEqual(['NAME_SIMILAR']);
  });

  it('that was not given, or has nothing to compare with, is no match', () => {
    expect(compareExpected(utopia, undefined).codes).toEqual(['NOTHING_EXPECTED']);
    expect(compareExpected(undefined, { last_name: 'X' }).codes).toEqual(['DATA_NOT_READ']);
  });
});

describe('the checks', () => {
  const done = (codes: string[] = [], facts = {}): TaskResult => ({
    outcome: 'done',
    codes,
    scores: {},
    facts,
    artifacts: {},
    models: [],
  });
  const assess = (facts: object, config: object = {}, codes: string[] = []) =>
    document.evaluate({
      config,
      environment: 'live',
      results: {
        'read-front': done(),
        'read-back': done(),
        'assess-document': done(codes, facts),
      },
    });

  it('decline the expired, the too young and the foreign, as configured', () => {
    expect(assess({ is_expired: false, age: 30 }).status).toBe('passed');
    expect(assess({ is_expired: true })).toMatchObject({
      status: 'failed',
      reasons: ['DOCUMENT_EXPIRED'],
    });
    expect(assess({ is_expired: true }, { expired: 'review' }).status).toBe('review');
    const differing = ['DATA_INCONSISTENT'];
    expect(assess({}, {}, differing).status).toBe('review');
    expect(assess({}, { inconsistent: 'decline' }, differing)).toMatchObject({
      status: 'failed',
      reasons: ['DATA_INCONSISTENT', 'DATA_INCONSISTENT_DECLINED'],
    });
    expect(assess({ age: 17 }, { minimum_age: 18 }).reasons).toEqual(['MINIMUM_AGE_NOT_MET']);
    expect(assess({}, { minimum_age: 18 }).status).toBe('review');
    expect(assess({ issuing_country: 'UTO' }, { accepted_countries: ['FRA'] }).status).toBe(
      'failed',
    );
    expect(assess({}, {}, ['MRZ_NOT_DETECTED']).status).toBe('review');
  });

  it('skip a comparison with nothing, and send a difference to review or decline it', () => {
    const compare = (codes: string[], config: object = {}) =>
      dataMatch.evaluate({
        config,
        environment: 'live',
        results: {
          'read-front': done(),
          'read-back': done(),
          'compare-data': done(codes),
        },
      }).status;
    expect(compare([])).toBe('passed');
    expect(compare(['NAME_SIMILAR'])).toBe('passed');
    expect(compare(['NOTHING_EXPECTED'])).toBe('skipped');
    expect(compare(['DOB_MISMATCH_WITH_PROVIDED'])).toBe('review');
    expect(compare(['DOB_MISMATCH_WITH_PROVIDED'], { mismatch: 'decline' })).toBe('failed');
  });
});
