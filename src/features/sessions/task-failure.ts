import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { TaskResult } from '../checks/index.ts';

/**
 * What a task's failure means.
 * `answer`: it is a result, for good. `excuse`: it is a result, but says nothing about the input.
 * `strike`: the input may be to blame; after three of them it is. `wait`: try again later.
 */
export type Failure =
  | { readonly kind: 'answer' | 'excuse'; readonly result: TaskResult }
  | { readonly kind: 'strike'; readonly reason: string }
  | { readonly kind: 'wait' };

/** Faults of the capture itself: another one may help. */
const rejection = /^(image|video|pdf)_|^face_not_found$/;
const gone: readonly ErrorCode[] = ['subject_erased', 'object_not_found'];
/** Faults of this machine at this moment. */
const passing: readonly ErrorCode[] = [
  'vision_busy',
  'vision_unavailable',
  'storage_unavailable',
  'storage_full',
  'database_unavailable',
  'database_disk_full',
];

export function judgeFailure(error: unknown): Failure {
  const code = error instanceof AppError ? error.code : undefined;
  if (code === undefined) return { kind: 'strike', reason: 'TASK_CRASHED' };
  if (rejection.test(code)) {
    const result = { ...inconclusiveResult(code.toUpperCase()), outcome: 'rejected' as const };
    return { kind: 'answer', result };
  }
  if (passing.includes(code)) return { kind: 'wait' };
  if (gone.includes(code)) return { kind: 'excuse', result: inconclusiveResult('EVIDENCE_ERASED') };
  if (code.startsWith('model_')) {
    return { kind: 'excuse', result: inconclusiveResult('MODEL_UNAVAILABLE') };
  }
  const isTimeout = code === 'vision_timeout';
  return { kind: 'strike', reason: isTimeout ? 'TASK_TIMED_OUT' : 'TASK_CRASHED' };
}

export function inconclusiveResult(code: string): TaskResult {
  return {
    outcome: 'inconclusive',
    codes: [code],
    scores: {},
    facts: {},
    artifacts: {},
    models: [],
  };
}
