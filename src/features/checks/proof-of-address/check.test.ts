import { describe, expect, it } from 'vitest';
import type { TaskResult } from '../index.ts';
import { proofOfAddress } from './check.ts';

const done = (part: Partial<TaskResult>): TaskResult => ({
  outcome: 'done',
  codes: [],
  scores: {},
  facts: {},
  artifacts: {},
  models: [],
  ...part,
});
const evaluate = (part: Partial<TaskResult>, config: object = {}) =>
  proofOfAddress.evaluate({
    config,
    environment: 'live',
    results: { 'read-proof': done({}), 'match-proof': done(part) },
  });
const good = { scores: { name: 100, address: 90 }, facts: { age_days: 39 } };

describe('a proof of address', () => {
  it('passes when it is young and says what was expected', () => {
    expect(evaluate(good)).toMatchObject({ status: 'passed', score: 90, reasons: [] });
  });

  it('of more days than configured goes to review, or is declined', () => {
    const old = { ...good, facts: { age_days: 91 } };
    expect(evaluate(old)).toMatchObject({ status: 'review', reasons: ['POA_DOCUMENT_EXPIRED'] });
    expect(evaluate(old, { expired: 'decline' }).status).toBe('failed');
    expect(evaluate(old, { max_age_days: 91 }).status).toBe('passed');
  });

  it('with another name or address goes to review, or is declined', () => {
    const other = { ...good, scores: { name: 50, address: 70 } };
    expect(evaluate(other).reasons).toEqual([
      'NAME_MISMATCH_WITH_PROVIDED',
      'ADDRESS_MISMATCH_WITH_PROVIDED',
    ]);
    expect(evaluate(other, { mismatch: 'decline' }).status).toBe('failed');
  });

  it('with nothing to compare is never passed', () => {
    expect(evaluate({ ...good, codes: ['NOTHING_EXPECTED'], scores: {} })).toMatchObject({
      status: 'review',
      score: null,
    });
    expect(evaluate({ ...good, codes: ['ISSUE_DATE_NOT_DETECTED'] }).status).toBe('review');
  });
});
