import { describe, expect, it } from 'vitest';
import { dataMatch } from '../checks/data-match/check.ts';
import { document } from '../checks/document/check.ts';
import type { TaskResult } from '../checks/index.ts';
import { ageOn, assessSides, compareExpected, type DocumentData } from './document-data.ts';

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
    expect(data).toBe(utopia);
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
