import { z } from 'zod';
import { type Check, inconclusive, type Question, type Stream } from './check.ts';

/**
 * A check that workflows may already name but that this version cannot do. It collects its evidence, so
 * that a reviewer can look at it, and it answers `inconclusive`.
 */
export function plannedCheck(
  id: string,
  title: string,
  question: Question | null,
  streams: readonly Stream[],
): Check {
  return {
    id,
    title,
    question,
    streams,
    tasks: [],
    config: z.record(z.string(), z.json()),
    reasons: {},
    facts: {},
    available: false,
    evaluate: () => inconclusive(['CHECK_NOT_AVAILABLE']),
  };
}
