import { z } from 'zod';
import { captureReasons } from '../capture-reasons.ts';
import { defineCheck, type Reason, statusOf, type TaskNode } from '../check.ts';

const config = z.strictObject({
  /** Countries (ISO 3166-1 alpha-3) whose documents are taken; all unless given. */
  accepted_countries: z
    .array(z.string().regex(/^[A-Z]{3}$/))
    .min(1)
    .optional(),
  /** Years; nobody is refused for age unless given. */
  minimum_age: z.number().int().min(1).max(120).optional(),
  /** What an expired document leads to. */
  expired: z.enum(['decline', 'review']).default('decline'),
  /** What differing data on one document leads to: print against zone or barcode. */
  inconsistent: z.enum(['decline', 'review']).default('review'),
});

const reasons: Readonly<Record<string, Reason>> = {
  ...captureReasons,
  DOCUMENT_EXPIRED: { severity: 'error', title: 'The document has expired' },
  DOCUMENT_EXPIRED_REVIEW: { severity: 'warning', title: 'The document has expired' },
  MINIMUM_AGE_NOT_MET: { severity: 'error', title: 'The person is younger than required' },
  DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION: {
    severity: 'error',
    title: 'Documents of this country are not accepted here',
  },
  MRZ_NOT_DETECTED: {
    severity: 'warning',
    title: 'Neither a machine-readable zone nor a barcode was read',
  },
  MRZ_VALIDATION_FAILED: {
    severity: 'warning',
    title: 'Check digits or fields of the machine-readable zone are wrong',
  },
  BARCODE_VALIDATION_FAILED: {
    severity: 'warning',
    title: 'The barcode breaks the rules of its standard',
  },
  MRZ_CORRECTED: {
    severity: 'information',
    title: 'Characters of the machine-readable zone were corrected by its check digits',
  },
  DOCUMENT_SIDES_MISMATCH: {
    severity: 'warning',
    title: 'The two sides belong to different documents',
  },
  EXPIRATION_DATE_NOT_DETECTED: {
    severity: 'information',
    title: 'The document states no date of expiry',
  },
  MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME: {
    severity: 'warning',
    title: 'What is printed differs from the machine-readable zone',
  },
  DATA_INCONSISTENT: { severity: 'warning', title: 'What is printed differs from the barcode' },
  DATA_INCONSISTENT_DECLINED: {
    severity: 'error',
    title: 'Differing data on one document is declined by the configuration of this check',
  },
  DATA_SIMILAR: {
    severity: 'information',
    title: 'What is printed is almost what zone or barcode say; a misreading may explain it',
  },
  INVALID_DATE: { severity: 'warning', title: 'Birth, issue and expiry cannot all be true' },
  FUTURE_ISSUE_DATE: { severity: 'warning', title: 'The date of issue lies in the future' },
  NAME_NOT_DETECTED: { severity: 'warning', title: 'No name was read' },
  DOCUMENT_NUMBER_NOT_DETECTED: { severity: 'warning', title: 'No document number was read' },
  DOCUMENT_NUMBER_FORMAT_UNKNOWN: {
    severity: 'information',
    title: 'The document number has another form than known documents of this kind',
  },
  DATE_OF_BIRTH_NOT_DETECTED: { severity: 'warning', title: 'No date of birth was read' },
};

const contradictions = ['MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME', 'DATA_INCONSISTENT'];

export const readSides: readonly TaskNode[] = [
  {
    name: 'read-front',
    pool: 'inference',
    streams: ['document_front'],
    after: [],
    waives: { stream: 'document_back', when: 'has_one_side' },
  },
  { name: 'read-back', pool: 'inference', streams: ['document_back'], after: [] },
];

/** Is the document in force, and consistent in what machines can read on it? */
export const document = defineCheck({
  id: 'document',
  title: 'Document valid and read consistently',
  question: 'data_valid',
  streams: ['document_front', 'document_back'],
  tasks: [
    ...readSides,
    { name: 'assess-document', pool: 'cpu', streams: [], after: ['read-front', 'read-back'] },
  ],
  config,
  reasons,
  facts: {
    document_type: 'string',
    issuing_country: 'string',
    age: 'number',
    is_expired: 'boolean',
    source: 'string',
    fields_compared: 'number',
    fields_agreeing: 'number',
    fields_differing: 'string',
  },
  evaluate: ({ config, results }) => {
    const { codes = [], facts = {}, scores = {} } = results['assess-document'] ?? {};
    const found = new Set(codes);
    if (facts.is_expired === true) {
      found.add(config.expired === 'decline' ? 'DOCUMENT_EXPIRED' : 'DOCUMENT_EXPIRED_REVIEW');
    }
    const isInconsistent = contradictions.some((code) => found.has(code));
    if (isInconsistent && config.inconsistent === 'decline')
      found.add('DATA_INCONSISTENT_DECLINED');
    const { age, issuing_country: country } = facts;
    if (config.minimum_age !== undefined) {
      if (typeof age !== 'number') found.add('DATE_OF_BIRTH_NOT_DETECTED');
      else if (age < config.minimum_age) found.add('MINIMUM_AGE_NOT_MET');
    }
    const isForeign =
      config.accepted_countries !== undefined &&
      !config.accepted_countries.includes(String(country ?? ''));
    if (isForeign) found.add('DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION');
    return {
      status: statusOf([...found], reasons),
      score: scores.certainty ?? null,
      reasons: [...found],
      facts,
    };
  },
});
