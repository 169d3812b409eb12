import { z } from 'zod';
import { defineCheck, type Reason, statusOf } from '../check.ts';

const config = z.strictObject({
  /** Days since the issue of the bill, statement or certificate. */
  max_age_days: z.number().int().min(1).max(3_650).default(90),
  /** What an older document leads to. */
  expired: z.enum(['decline', 'review']).default('review'),
  /** What another name or address than the expected one leads to. */
  mismatch: z.enum(['decline', 'review']).default('review'),
  /** Share of the expected name and address, 0–100, that must stand on it. House number and postal code weigh double. */
  match_from: z.number().min(50).max(100).default(85),
});

const reasons: Readonly<Record<string, Reason>> = {
  POA_DOCUMENT_EXPIRED: { severity: 'warning', title: 'The proof of address is too old' },
  POA_DOCUMENT_EXPIRED_DECLINED: {
    severity: 'error',
    title: 'Proofs of this age are declined by the configuration of this check',
  },
  POA_NAME_NOT_DETECTED: { severity: 'warning', title: 'No text was found on the document' },
  ISSUE_DATE_NOT_DETECTED: { severity: 'warning', title: 'No date of issue was found' },
  FUTURE_ISSUE_DATE: { severity: 'warning', title: 'The date of issue lies in the future' },
  UNPARSABLE_OR_INVALID_ADDRESS: { severity: 'warning', title: 'No address was found' },
  NAME_MISMATCH_WITH_PROVIDED: {
    severity: 'warning',
    title: 'The expected name does not stand on the document',
  },
  ADDRESS_MISMATCH_WITH_PROVIDED: {
    severity: 'warning',
    title: 'The expected address does not stand on the document',
  },
  DATA_MISMATCH_DECLINED: {
    severity: 'error',
    title: 'Differing data is declined by the configuration of this check',
  },
  NOTHING_EXPECTED: {
    severity: 'warning',
    title: 'No expected name and address were given, so nothing compares',
  },
};

/** Does the person live where the initiator of the verification says? */
export const proofOfAddress = defineCheck({
  id: 'proof_of_address',
  title: 'Proof of address: name, address and age of the document',
  question: 'data_matches_initiator',
  streams: ['proof_of_address'],
  tasks: [
    { name: 'read-proof', pool: 'inference', streams: ['proof_of_address'], after: [] },
    { name: 'match-proof', pool: 'cpu', streams: [], after: ['read-proof'] },
  ],
  config,
  reasons,
  facts: { age_days: 'number', text_source: 'string', pages: 'number' },
  evaluate: ({ config, results }) => {
    const { codes = [], scores = {}, facts = {} } = results['match-proof'] ?? {};
    const found = new Set(codes);
    const { age_days: age } = facts;
    if (typeof age === 'number' && age > config.max_age_days) {
      found.add('POA_DOCUMENT_EXPIRED');
      if (config.expired === 'decline') found.add('POA_DOCUMENT_EXPIRED_DECLINED');
    }
    const { name, address } = scores;
    const isBelow = (score: number | undefined) => score !== undefined && score < config.match_from;
    if (isBelow(name)) found.add('NAME_MISMATCH_WITH_PROVIDED');
    if (isBelow(address)) found.add('ADDRESS_MISMATCH_WITH_PROVIDED');
    const isMismatch = isBelow(name) || isBelow(address);
    if (isMismatch && config.mismatch === 'decline') found.add('DATA_MISMATCH_DECLINED');
    const compared = [name, address].filter((score) => score !== undefined);
    return {
      status: statusOf([...found], reasons),
      score: compared.length > 0 ? Math.min(...compared) : null,
      reasons: [...found],
      facts,
    };
  },
});
