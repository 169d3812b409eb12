import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import {
  decidePassive,
  type Judgement,
  judge,
  passiveLiveness,
  trackFace,
} from '../liveness/index.ts';
import type { SessionTask, SessionTaskInput, SessionTaskOutput } from './session-task.ts';

/** The task of the check `liveness`: what the capture looks like, and whether it answers the challenge it is bound to. */
export const livenessTasks: readonly SessionTask[] = [
  {
    name: 'judge-liveness',
    version: 3,
    roles: ['face-detection', 'face-mesh', 'face-embedding', 'pad'],
    readsChallenge: true,
    run: judgeLiveness,
  },
];

async function judgeLiveness(
  vision: TaskRunner,
  { captures, challenge }: SessionTaskInput,
): Promise<SessionTaskOutput> {
  const capture = captures.face;
  if (!capture) throw new AppError('object_not_found');
  const bytes = await capture.read();
  const isVideo = capture.contentType.startsWith('video/');
  const facts = await vision.run(passiveLiveness, { bytes, name: 'face', isVideo });
  const passive = decidePassive(facts);
  const active = isVideo && challenge ? await judgeActive(vision, bytes, challenge) : undefined;
  return {
    outcome: 'done',
    codes: [],
    scores: {
      ...(passive.score !== null && { passive: passive.score }),
      ...(active && { active: active.score, ...active.parts }),
    },
    facts: {
      passive: passive.verdict,
      passive_reasons: passive.reasons.join(' '),
      active: active?.verdict ?? 'unanswered',
      active_reasons: active?.reasons.join(' ') ?? '',
    },
    artifacts: [],
    models: facts.models.map(({ sha256 }) => sha256),
  };
}

/** The track identifies the person: it is made, judged and forgotten here. */
async function judgeActive(
  vision: TaskRunner,
  bytes: Uint8Array,
  { script, camera }: NonNullable<SessionTaskInput['challenge']>,
): Promise<Judgement> {
  const track = await vision.run(trackFace, { bytes, name: 'face' });
  const { isProgram, width, height } = camera;
  return judge(script, track, { isProgram, width, height });
}
