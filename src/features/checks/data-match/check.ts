import { z } from 'zod';
import { captureReasons } from '../capture-reasons.ts';
import { defineCheck, type Reason, statusOf } from '../check.ts';
import { readSides } from '../document/check.ts';

const config = z.strictObject({
  /** What differing data leads to. */
  mismatch: z.enum(['decline', 'review']).default('review'),
});

const mismatches: Readonly<Record<string, string>> = {
  FULL_NAME_MISMATCH_WITH_PROVIDED: 'The name differs from the expected one',
  DOB_MISMATCH_WITH_PROVIDED: 'The date of birth differs from the expected one',
  GENDER_MISMATCH_WITH_PROVIDED: 'The gender differs from the expected one',
  NATIONALITY_MISMATCH_WITH_PROVIDED: 'The nationality differs from the expected one',
  DOCUMENT_COUNTRY_MISMATCH: 'The issuing country differs from the expected one',
  DOCUMENT_NUMBER_MISMATCH_WITH_PROVIDED: 'The document number differs from the expected one',
};

const reasons: Readonly<Record<string, Reason>> = {
  ...captureReasons,
  ...Object.fromEntries(
    Object.entries(mismatches).map(([code, title]) => [code, { severity: 'warning', title }]),
  ),
  DATA_MISMATCH_DECLINED: {
    severity: 'error',
    title: 'Differing data is declined by the configuration of this check',
  },
  DATA_NOT_READ: { severity: 'warning', title: 'The document was not read, so nothing compares' },
  NAME_SIMILAR: {
    severity: 'information',
    title: 'The names are alike but not equal; spelling or transliteration may explain it',
  },
  NOTHING_EXPECTED: { severity: 'information', title: 'No expected data was given' },
};

/** Does the document say what the initiator of the verification says about the person? */
export const dataMatch = defineCheck({
  id: 'data_match',
  title: 'Document data against the expected data',
  question: 'data_matches_initiator',
  streams: ['document_front', 'document_back'],
  tasks: [
    ...readSides,
    { name: 'compare-data', pool: 'cpu', streams: [], after: ['read-front', 'read-back'] },
  ],
  config,
  reasons,
  facts: {},
  evaluate: ({ config, results }) => {
    const { codes = [], scores = {} } = results['compare-data'] ?? {};
    if (codes.includes('NOTHING_EXPECTED')) {
      return { status: 'skipped', score: null, reasons: codes, facts: {} };
    }
    const isMismatch = codes.some((code) => Object.hasOwn(mismatches, code));
    const found =
      isMismatch && config.mismatch === 'decline' ? [...codes, 'DATA_MISMATCH_DECLINED'] : codes;
    return {
      status: statusOf(found, reasons),
      score: scores.similarity ?? null,
      reasons: found,
      facts: {},
    };
  },
});
