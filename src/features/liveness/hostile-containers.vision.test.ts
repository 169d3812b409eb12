import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLocalPorts } from '../../../bench/attacks/local-ports.ts';
import { seeded } from '../../../test/support/seeded.ts';
import { AppError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type { TaskPorts } from '../../core/task.ts';
import { resize } from '../../vision/image/warp.ts';
import { createChallenge } from './challenge.ts';
import { judge } from './judge.ts';
import { trackFace } from './track-face.task.ts';

/** Broken and strange files, from the container to the judgement: a refusal with its reason, or no person. */
describe('hostile containers', () => {
  const script = createChallenge((count) => new Uint8Array(count).fill(9), 0);
  let ports: TaskPorts;
  let photo: RgbImage;
  let good: Uint8Array;

  beforeAll(async () => {
    ports = await openLocalPorts();
    const folder = dirname(
      createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'),
    );
    const image = await ports.decodeImage(readFileSync(join(folder, 'demo/sample1.jpg')), 'photo');
    photo = resize(image, { width: 320, height: 240 });
    good = await film(Array.from({ length: 15 }, () => photo));
  });

  async function film(images: readonly RgbImage[], everyMs = 80): Promise<Uint8Array> {
    const encoder = await ports.createVideoEncoder({ width: 320, height: 240, codec: 'VP8' });
    for (const [i, image] of images.entries()) encoder.add({ image, timeMs: i * everyMs });
    return encoder.finish();
  }

  /** The code of the refusal, or the verdict. */
  async function outcome(bytes: Uint8Array): Promise<string> {
    try {
      const track = await trackFace.run(ports, { bytes, name: 'face' });
      const { verdict, reasons } = judge(script, track);
      expect(reasons.length).toBeGreaterThan(0);
      return verdict;
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  }

  it('are refused or judged not to be a person, however they are broken', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const rng = seeded(seed);
      const bytes = Uint8Array.from(good);
      const damage = 1 + Math.floor(rng() * 40);
      for (let k = 0; k < damage; k++) bytes[Math.floor(rng() * bytes.length)] = rng() * 256;
      const cut = rng() < 0.5 ? bytes : bytes.subarray(0, Math.floor(rng() * bytes.length));
      expect(await outcome(cut)).toMatch(/^(not_live|video_\w+)$/);
    }
  });

  it('of one frame, of a hundred black ones and of nothing are told apart', async () => {
    const black = { ...photo, data: new Uint8Array(photo.data.length) };
    expect(await outcome(await film([photo]))).toBe('not_live');
    expect(
      await outcome(
        await film(
          Array.from({ length: 100 }, () => black),
          100,
        ),
      ),
    ).toBe('not_live');
    expect(await outcome(new Uint8Array())).toBe('video_missing');
    expect(await outcome(new TextEncoder().encode('not a video at all'))).toBe(
      'video_format_unsupported',
    );
  });
});
