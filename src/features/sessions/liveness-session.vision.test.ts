import { beforeAll, expect, it } from 'vitest';
import { makeRecording } from '../../../bench/attacks/film.ts';
import { openLocalPorts } from '../../../bench/attacks/local-ports.ts';
import { loadSources, type Sources, splits } from '../../../bench/attacks/sources.ts';
import { attackSpecies, bonaFideVariants, type Recipe } from '../../../bench/attacks/species.ts';
import { seeded } from '../../../test/support/seeded.ts';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import type { TaskPorts, TaskRunner } from '../../core/task.ts';
import { findCheck, type Verdict } from '../checks/index.ts';
import { type ChallengeScript, createChallenge } from '../liveness/index.ts';
import { livenessTasks } from './liveness-tasks.task.ts';
import type { SessionTaskInput } from './session-task.ts';

/** The check `liveness` on recordings of the attack laboratory: the way from bytes to verdict. */
describeWithShared('liveness in a session', () => {
  let ports: TaskPorts;
  let sources: Sources;
  beforeAll(async () => {
    ports = await openLocalPorts();
    const { clips, photos } = splits.tuning;
    const few = { clips: clips.slice(0, 1), photos: photos.slice(0, 1) };
    sources = await loadSources(ports, few, sharedPath('data'));
  });

  const record = (recipe: Recipe | undefined, seed: number) => {
    if (!recipe) throw new Error('no such recipe');
    return makeRecording(ports, sources, recipe, 0, seeded(seed));
  };

  async function verdictOn(bytes: Uint8Array, script?: ChallengeScript): Promise<Verdict> {
    const [task] = livenessTasks;
    const check = findCheck('liveness');
    if (!task || !check) throw new Error('liveness is not installed');
    const runner = { run: (job, input) => job.run(ports, input) } as TaskRunner;
    const input = {
      captures: { face: { contentType: 'video/webm', read: async () => bytes } },
      challenge: script && { script, camera: { isProgram: false } },
    } as unknown as SessionTaskInput;
    const { artifacts, ...result } = await task.run(runner, input);
    expect(artifacts).toEqual([]);
    return check.evaluate({
      config: { mode: 'active' },
      environment: 'live',
      results: { 'judge-liveness': { ...result, artifacts: {} } },
    });
  }

  it('passes an honest answer, refuses it against another challenge, and without one cannot say', async () => {
    const { bytes, script } = await record(bonaFideVariants.plain, 11);
    expect(await verdictOn(bytes, script)).toMatchObject({ status: 'passed' });
    const rng = seeded(12);
    const other = createChallenge((n) => Uint8Array.from({ length: n }, () => rng() * 256), 0);
    const refused = await verdictOn(bytes, other);
    expect(refused.status).toBe('failed');
    expect(refused.reasons).toContain('MOVEMENT_MISSING');
    expect(await verdictOn(bytes)).toMatchObject({
      status: 'inconclusive',
      reasons: ['CHALLENGE_UNANSWERED'],
    });
  });

  it('refuses a photo that is animated to give the right answer, by its lifeless skin', async () => {
    const { bytes, script } = await record(attackSpecies.still_animated, 13);
    const verdict = await verdictOn(bytes, script);
    expect(verdict.status).not.toBe('passed');
    expect(verdict.reasons).toContain('FACE_FROZEN');
  });

  it('sends a photo that is bent onto the face of somebody who answers to a human', async () => {
    const { bytes, script } = await record(attackSpecies.face_swap, 15);
    const verdict = await verdictOn(bytes, script);
    expect(verdict.status).not.toBe('passed');
    expect(verdict.reasons).toContain('FACE_WARPED');
  });

  it('refuses a printed photo that a hand turns and tilts', async () => {
    const { bytes, script } = await record(attackSpecies.print_flat, 14);
    const verdict = await verdictOn(bytes, script);
    expect(verdict.status).toBe('failed');
    expect(verdict.reasons).toContain('FACE_FROZEN');
  });
});
