import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basePictures,
  craftedImages,
  damagedFiles,
  type HostileFile,
} from '../../test/support/hostile-images.ts';
import {
  allowedOutcomes,
  type HostileKind,
  type HostileVerdict,
  judge,
  unfit,
} from '../../test/support/hostile-run.ts';
import { baseClips, craftedVideos } from '../../test/support/hostile-videos.ts';
import { startVision, type Vision } from './vision.ts';

// `npm run hostile` looks much further, and measures.
const seed = 20_261_120;
let vision: Vision;

beforeAll(async () => {
  vision = startVision({
    processes: 1,
    models: [],
    entry: new URL('../../test/support/probe-process.ts', import.meta.url),
  });
  await vision.ready();
});

afterAll(() => vision.close());

async function judgeAll(
  kind: HostileKind,
  base: readonly HostileFile[],
  crafted: readonly HostileFile[],
  damaged: number,
): Promise<HostileVerdict[]> {
  const verdicts: HostileVerdict[] = [];
  for (const file of [...base, ...crafted]) verdicts.push(await judge(vision, kind, file));
  const files = damagedFiles(base, seed);
  for (let i = 0; i < damaged; i++) {
    const { value } = files.next();
    if (value) verdicts.push(await judge(vision, kind, value));
  }
  // The last answer is as right as the first.
  for (const file of base) verdicts.push(await judge(vision, kind, file));
  expect(verdicts).toHaveLength(2 * base.length + crafted.length + damaged);
  return verdicts;
}

describe('hostile input', () => {
  it('in pictures gets a picture or a refusal that names the input', async () => {
    const base = await basePictures();
    const verdicts = await judgeAll('image', base, await craftedImages(base), 1_000);
    expect(unfit('image', verdicts)).toEqual([]);
    const honest = [...verdicts.slice(0, base.length), ...verdicts.slice(-base.length)];
    expect(new Set(honest.map(({ outcome }) => outcome))).toEqual(new Set(['decoded']));
    expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(allowedOutcomes.image));
    expect(vision.figures()).toMatchObject({ restarts: 0, queued: 0 });
  });

  it('in videos gets frames or a refusal that names the input', async () => {
    const base = await baseClips();
    const verdicts = await judgeAll('video', base, await craftedVideos(), 300);
    expect(unfit('video', verdicts)).toEqual([]);
    const honest = [...verdicts.slice(0, base.length), ...verdicts.slice(-base.length)];
    expect(new Set(honest.map(({ outcome }) => outcome))).toEqual(new Set(['decoded']));
    expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(allowedOutcomes.video));
    expect(vision.figures()).toMatchObject({ restarts: 0, queued: 0 });
  });
});
