import { AppError } from '../../src/core/errors.ts';
import type { TaskRunner } from '../../src/core/task.ts';
import type { HostileImage } from './hostile-images.ts';
import { decodeProbe } from './probe-tasks.ts';

export interface HostileVerdict {
  readonly name: string;
  /** `decoded`, the code of a refusal, or what went wrong. */
  readonly outcome: string;
  readonly detail: string;
  readonly ms: number;
}

/** What a decoder may answer to hostile input; anything else is a fault of ours. */
export const allowedOutcomes: readonly string[] = [
  'decoded',
  'image_missing',
  'image_unreadable',
  'image_format_unsupported',
  'image_too_large',
  'image_too_small',
];

/** Decodes one image after the other in a vision process. */
export async function judge(runner: TaskRunner, image: HostileImage): Promise<HostileVerdict> {
  const start = performance.now();
  const verdict = (outcome: string, detail: string) => {
    return { name: image.name, outcome, detail, ms: performance.now() - start };
  };
  try {
    const { width, height } = await runner.run(decodeProbe, { bytes: image.bytes, name: 'selfie' });
    return verdict('decoded', `${width} × ${height}`);
  } catch (error) {
    if (error instanceof AppError) return verdict(error.code, error.message);
    return verdict(`unexpected ${error}`, '');
  }
}
