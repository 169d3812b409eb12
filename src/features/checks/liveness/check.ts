import { z } from 'zod';
import { livenessReasons } from '../../liveness/index.ts';
import { defineCheck, inconclusive, type Reason, type TaskResult } from '../check.ts';

/** Scores are 0–100; 50 is the operating point of each judge, measured in docs/liveness.md. */
const config = z.strictObject({
  /** `active`: a recording that answers a challenge. `passive`: a picture or recording, needs a model for attacks. */
  mode: z.enum(['active', 'passive']).default('active'),
  /** Below: declined. */
  decline_below: z.number().min(0).max(100).default(25),
  /** Below, and not declined: review. */
  review_below: z.number().min(0).max(100).default(50),
  /** Whether a recording that answers its challenge goes to review when a model takes it for a print or a screen. */
  second_opinion: z.enum(['review', 'ignore']).default('review'),
});
type Config = z.infer<typeof config>;

const reasons = {
  ...Object.fromEntries(
    Object.entries(livenessReasons).map(([code, { severity, title }]) => [
      code,
      { severity, title },
    ]),
  ),
  CHALLENGE_UNANSWERED: {
    severity: 'warning',
    title: 'The capture is no recording that answers a challenge',
  },
} as Readonly<Record<string, Reason>>;

/** Is this a real person, present now? */
export const liveness = defineCheck({
  id: 'liveness',
  title: 'A living person, present now',
  question: 'live_person',
  streams: ['face'],
  tasks: [
    { name: 'judge-liveness', pool: 'inference', streams: ['face'], after: [] },
    { name: 'analyse-face', pool: 'inference', streams: ['face'], after: [], isAside: true },
  ],
  config,
  reasons,
  facts: {},
  evaluate: ({ config, results }) => {
    const result = results['judge-liveness'];
    if (!result) return inconclusive(['INPUT_UNAVAILABLE']);
    const score = result.scores[config.mode];
    if (score === undefined) return inconclusive([unansweredReason(config, result)]);
    const codes = new Set(codesOf(result, config.mode));
    const isDoubted = config.mode === 'active' && isSuspected(config, result);
    if (isDoubted) codes.add('PRESENTATION_ATTACK_SUSPECTED');
    const isPassed =
      score >= config.review_below && !isDoubted && !codes.has('RESOLUTION_MISMATCH');
    const failed = score < config.decline_below ? 'failed' : 'review';
    return { status: isPassed ? 'passed' : failed, score, reasons: [...codes], facts: {} };
  },
});

function unansweredReason({ mode }: Config, result: TaskResult): string {
  if (mode === 'active') return 'CHALLENGE_UNANSWERED';
  return codesOf(result, 'passive')[0] ?? 'PAD_MODEL_NOT_INSTALLED';
}

function isSuspected({ second_opinion }: Config, { facts }: TaskResult): boolean {
  return (
    second_opinion === 'review' &&
    String(facts.passive_reasons).includes('PRESENTATION_ATTACK_SUSPECTED')
  );
}

function codesOf({ facts }: TaskResult, mode: Config['mode']): string[] {
  return String(facts[`${mode}_reasons`] ?? '')
    .split(' ')
    .filter((code) => code !== '');
}
