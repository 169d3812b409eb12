import { type Question, questions, type Verdict } from '../checks/index.ts';
import type { DecisionOutcome } from '../workflows/index.ts';
import type { Outcome } from './session.ts';

/**
 * What the policy makes of the verdicts. `determine`: a failed check declines; anything doubtful, or having
 * looked at nothing, goes to a human. An outcome that the workflow fixes stands, except that nobody is
 * approved past a check that gave no answer.
 */
export function outcomeOf(fixed: DecisionOutcome, verdicts: readonly Verdict[]): Outcome {
  const has = (status: Verdict['status']) => verdicts.some((v) => v.status === status);
  if (fixed === 'approved') return has('inconclusive') ? 'in_review' : 'approved';
  if (fixed !== 'determine') return fixed;
  if (has('failed')) return 'declined';
  const isDoubtful = has('review') || has('inconclusive') || !has('passed');
  return isDoubtful ? 'in_review' : 'approved';
}

export interface Answer {
  readonly question: Question;
  readonly answer: 'yes' | 'no' | 'unclear';
  readonly checks: readonly string[];
  readonly reasons: readonly string[];
}

interface Answering extends Verdict {
  readonly node: string;
  readonly question: Question | null;
}

/** The questions that the workflow's checks are made for, each answered by all checks that speak to it. */
export function answerQuestions(verdicts: readonly Answering[]): readonly Answer[] {
  return questions.flatMap((question) => {
    const speaking = verdicts.filter((verdict) => verdict.question === question);
    if (speaking.length === 0) return [];
    const has = (status: Verdict['status']) => speaking.some((v) => v.status === status);
    const isYes = speaking.every(({ status }) => status === 'passed');
    return {
      question,
      answer: has('failed') ? ('no' as const) : isYes ? ('yes' as const) : ('unclear' as const),
      checks: speaking.map(({ node }) => node),
      reasons: [...new Set(speaking.flatMap(({ reasons }) => reasons))],
    };
  });
}
