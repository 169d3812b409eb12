import { AppError } from '../../src/core/errors.ts';
import type { Task, TaskRunner } from '../../src/core/task.ts';
import type { HostileFile } from './hostile-images.ts';
import { decodeProbe, videoProbe } from './probe-tasks.ts';

export interface HostileVerdict {
  readonly name: string;
  /** `decoded`, the code of a refusal, or what went wrong. */
  readonly outcome: string;
  readonly detail: string;
  readonly ms: number;
}

export type HostileKind = 'image' | 'video';

const faults = ['missing', 'unreadable', 'format_unsupported', 'too_large', 'too_small'];

/** What a decoder may answer to hostile input; anything else is a fault of ours. */
export const allowedOutcomes: Readonly<Record<HostileKind, readonly string[]>> = {
  image: ['decoded', ...faults.map((fault) => `image_${fault}`)],
  video: ['decoded', ...faults.map((fault) => `video_${fault}`), 'video_too_long'],
};

/** Decodes one file in a vision process. */
export async function judge(
  runner: TaskRunner,
  kind: HostileKind,
  { name, bytes }: HostileFile,
): Promise<HostileVerdict> {
  const task: Task<{ bytes: Uint8Array; name: string }, unknown> =
    kind === 'image' ? decodeProbe : videoProbe;
  const start = performance.now();
  const verdict = (outcome: string, detail: string) => {
    return { name, outcome, detail, ms: performance.now() - start };
  };
  try {
    return verdict('decoded', JSON.stringify(await runner.run(task, { bytes, name: 'face' })));
  } catch (error) {
    if (error instanceof AppError) return verdict(error.code, error.message);
    return verdict(`unexpected ${error}`, '');
  }
}

/** Verdicts that are no picture and no refusal that names the input. */
export function unfit(kind: HostileKind, verdicts: readonly HostileVerdict[]): HostileVerdict[] {
  return verdicts.filter(({ outcome, detail }) => {
    const isNamed = outcome === 'decoded' || detail.startsWith('`face`: ');
    return !allowedOutcomes[kind].includes(outcome) || !isNamed;
  });
}
