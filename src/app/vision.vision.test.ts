import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basePictures,
  craftedImages,
  damagedImages,
  type HostileImage,
} from '../../test/support/hostile-images.ts';
import { allowedOutcomes, type HostileVerdict, judge } from '../../test/support/hostile-run.ts';
import { decodeProbe, modelProbe, stuckProbe } from '../../test/support/probe-tasks.ts';
import type { InstalledModel } from '../core/model.ts';
import { resolveModels } from '../features/models/index.ts';
import { startVision, type Vision } from './vision.ts';

const entry = new URL('../../test/support/probe-process.ts', import.meta.url);
let models: readonly InstalledModel[];
let pictures: HostileImage[];
const running: Vision[] = [];

function start(options: Partial<Parameters<typeof startVision>[0]> = {}): Vision {
  const vision = startVision({ processes: 1, models, entry, ...options });
  running.push(vision);
  return vision;
}

beforeAll(async () => {
  [{ models }, pictures] = await Promise.all([resolveModels(), basePictures()]);
});

afterAll(async () => {
  await Promise.all(running.map((vision) => vision.close()));
});

/** `HOSTILE_IMAGES=20000 npx vitest run src/app/vision` looks further; `npm run hostile` also measures. */
const count = Number(process.env.HOSTILE_IMAGES ?? 2_000);

const faceModels = () => models.filter(({ role }) => role.startsWith('face-'));
const jpeg = () => pictures[0]?.bytes ?? Buffer.alloc(0);

describe('vision processes', () => {
  it('run tasks on decoded pictures and on models, and tell the time of each model', async () => {
    const vision = start();
    const decoded = await vision.run(decodeProbe, { bytes: jpeg(), name: 'selfie' });
    expect(decoded).toMatchObject({ width: 320, height: 240 });
    expect(await vision.run(modelProbe, { role: 'face-detection', times: 3 })).toBe(1);
    const { spans, jobs } = vision.figures();
    expect(spans['decode-image']).toMatchObject({ count: 1 });
    expect(spans['model blazeface']).toMatchObject({ count: 3 });
    expect(jobs['probe-model']).toMatchObject({ done: 1, failed: 0 });
  });

  it('serve without a model that is missing or damaged, and say which', async () => {
    const damaged = models.map((model) => ({ ...model, path: `${model.path}.missing` }));
    const vision = start({ models: damaged });
    await expect(vision.run(modelProbe, { role: 'pad', times: 1 })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: 'No model for pad is installed',
    });
    await expect(vision.run(modelProbe, { role: 'face-mesh', times: 1 })).rejects.toMatchObject({
      code: 'model_damaged',
    });
    expect(await vision.run(decodeProbe, { bytes: jpeg(), name: 'a' })).toMatchObject({
      width: 320,
    });
    expect(vision.figures().restarts).toBe(0);
  });

  it('are replaced with all their models when they die', async () => {
    const vision = start();
    const work = { role: 'face-mesh', times: 1 } as const;
    await vision.run(modelProbe, work);
    const [before] = vision.figures().processes;
    const stuck = vision.run(stuckProbe, null).catch((error) => error.code);
    process.kill(Number(before?.pid), 'SIGKILL');
    await expect.poll(() => vision.figures().processes[0]?.pid).not.toBe(before?.pid);
    // The stuck task is tried once more; ending that process too leaves nothing to wait for.
    await expect.poll(() => vision.figures().processes[0]?.state, { timeout: 20_000 }).toBe('busy');
    process.kill(Number(vision.figures().processes[0]?.pid), 'SIGKILL');
    expect(await stuck).toBe('vision_process_died');
    expect(await vision.run(modelProbe, work)).toBe(1);
    expect(vision.figures().restarts).toBe(2);
  });

  it('take no thread per core, whatever they compute', async () => {
    const vision = start({ queueLimit: 100 });
    await vision.ready();
    const [child] = vision.figures().processes;
    const threads = () => readdirSync(`/proc/${child?.pid}/task`).length;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, threads());
    }, 2);
    const work = [
      ...faceModels().map(({ role }) => vision.run(modelProbe, { role, times: 20 })),
      ...pictures.map(({ bytes }) => vision.run(decodeProbe, { bytes, name: 'a' })),
    ];
    await Promise.all(work).finally(() => clearInterval(watch));
    // main · V8: helper, delayed tasks · libuv: two · signals · watch on the parent · loader of this source, two ·
    // libvips: one computes, one writes
    expect(most).toBeLessThanOrEqual(11);
  });

  it('answer hostile pictures with a picture or with a refusal that names them', async () => {
    const vision = start();
    await vision.ready();
    const crafted = await craftedImages(pictures);
    const damaged = Array.from({ length: count }, (_, i) => i);
    const verdicts: HostileVerdict[] = [];
    for (const image of crafted) verdicts.push(await judge(vision, image));
    const more = damagedImages(pictures, 20_261_120);
    for (const _ of damaged) {
      const { value } = more.next();
      if (value) verdicts.push(await judge(vision, value));
    }
    expect(verdicts).toHaveLength(crafted.length + count);
    const faults = verdicts.filter(
      ({ outcome, detail }) =>
        !allowedOutcomes.includes(outcome) ||
        (outcome !== 'decoded' && !detail.startsWith('`selfie`: ')),
    );
    expect(faults).toEqual([]);
    expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(allowedOutcomes));
    expect(vision.figures()).toMatchObject({ restarts: 0, queued: 0 });
    // The last answer is as right as the first.
    expect(await judge(vision, { name: 'good', bytes: jpeg() })).toMatchObject({
      outcome: 'decoded',
    });
  });
});
