import type { ModelRole } from '../../core/model.ts';
import type { TaskRunner } from '../../core/task.ts';
import type { Stream, TaskResult } from '../checks/index.ts';
import type { ArtifactKind } from '../workflows/index.ts';
import type { AnsweredChallenge } from './challenge.repository.ts';
import type { ExpectedData } from './personal-data.ts';

/** A capture, read when it is needed. */
export interface Capture {
  readonly contentType: string;
  read(): Promise<Uint8Array>;
}

export interface SessionTaskInput {
  /** Captures of the task's own streams. */
  readonly captures: Readonly<Partial<Record<Stream, Capture>>>;
  /** What an earlier task made; undefined when it made none or it is gone. */
  artifact(task: string, kind: string): Promise<Uint8Array | undefined>;
  /** What the integrator says about the person. Stays inside the task: results hold codes and scores. */
  expected(): Promise<ExpectedData | undefined>;
  /** The challenge that a capture is bound to, and what was said of the camera. */
  readonly challenge: AnsweredChallenge | undefined;
  /** ISO date (UTC) of the newest capture: what `expired` and ages are measured against. */
  readonly today: string;
  /** Whether the workflow keeps artifacts of this kind; what is not kept need not be made. */
  keeps(kind: ArtifactKind): boolean;
}

export interface MadeArtifact {
  readonly kind: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface SessionTaskOutput extends Omit<TaskResult, 'artifacts'> {
  readonly artifacts: readonly MadeArtifact[];
}

/** A computation of a session: stateless, on references. Runs in the pool that the check's task graph names. */
export interface SessionTask {
  /** As in the task graphs of checks. */
  readonly name: string;
  /** Grows when the same input may give another answer; older results are then not used again. */
  readonly version: number;
  /** Models whose weights the answer depends on. */
  readonly roles: readonly ModelRole[];
  /**
   * Reads artifacts only and decodes nothing of a stranger's: repeating it costs less than keeping its result, and
   * it needs no counting of attempts.
   */
  readonly isLight?: boolean;
  /** Whether the expected data is an input. */
  readonly readsExpected?: boolean;
  /** Whether the challenge is an input: the same recording may answer another one differently. */
  readonly readsChallenge?: boolean;
  /** @throws AppError of the input's faults (the capture is then rejected) or of what is missing here */
  run(vision: TaskRunner, input: SessionTaskInput): Promise<SessionTaskOutput>;
}
