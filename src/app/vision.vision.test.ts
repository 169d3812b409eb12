import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basePictures, type HostileFile } from '../../test/support/hostile-images.ts';
import { baseClips } from '../../test/support/hostile-videos.ts';
import { decodeProbe, modelProbe, stuckProbe, videoProbe } from '../../test/support/probe-tasks.ts';
import type { InstalledModel } from '../core/model.ts';
import { resolveModels } from '../features/models/index.ts';
import { startVision, type Vision } from './vision.ts';

const entry = new URL('../../test/support/probe-process.ts', import.meta.url);
let models: readonly InstalledModel[];
let pictures: HostileFile[];
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
    await expect
      .poll(() => vision.figures().processes[0]?.pid, { timeout: 20_000 })
      .not.toBe(before?.pid);
    // The stuck task is tried once more; ending that process too leaves nothing to wait for.
    await expect.poll(() => vision.figures().processes[0]?.state, { timeout: 20_000 }).toBe('busy');
    process.kill(Number(vision.figures().processes[0]?.pid), 'SIGKILL');
    expect(await stuck).toBe('vision_process_died');
    expect(await vision.run(modelProbe, work)).toBe(1);
    expect(vision.figures().restarts).toBe(2);
  });

  it('take no thread per core, whatever they compute', async () => {
    const vision = start({ queueLimit: 100, threads: 1 });
    const [clips] = await Promise.all([baseClips(), vision.ready()]);
    const [child] = vision.figures().processes;
    const samples: number[] = [];
    const sample = () => samples.push(readdirSync(`/proc/${child?.pid}/task`).length);
    const watch = setInterval(sample, 2);
    const work = [
      ...faceModels().map(({ role }) => vision.run(modelProbe, { role, times: 20 })),
      ...pictures.map(({ bytes }) => vision.run(decodeProbe, { bytes, name: 'a' })),
      ...clips.map(({ bytes }) => vision.run(videoProbe, { bytes, name: 'a' })),
    ];
    await Promise.all(work).finally(() => clearInterval(watch));
    samples.sort((x, y) => x - y);
    // main · V8: helper, delayed tasks · libuv: two · signals · watch on the parent · loader of this source, two ·
    // libvips: one computes, one writes
    expect(samples[samples.length >> 1]).toBeLessThanOrEqual(11);
    // Threads of the picture before may still be leaving.
    expect(samples.at(-1)).toBeLessThanOrEqual(14);
  });
});
