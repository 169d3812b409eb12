import { createChallenge, judge, trackFace } from '../../src/features/liveness/index.ts';
import { resize } from '../../src/vision/image/warp.ts';
import { seeded } from '../../test/support/seeded.ts';
import { openLocalPorts } from './local-ports.ts';
import { performer } from './perform.ts';
import { FPS, loadSources, type Split } from './sources.ts';
import { live } from './species.ts';

/** Processor time of judging six seconds of 1280 × 720 at 25 frames a second in H264: decoding, following, judging. */
export async function measureSpeed(split: Split, dataDir: string): Promise<number> {
  const ports = await openLocalPorts();
  const { clips } = await loadSources(
    ports,
    { clips: split.clips.slice(0, 1), photos: [] },
    dataDir,
  );
  const [clip] = clips;
  if (!clip) throw new Error('The laboratory has no recordings');
  const rng = seeded(77);
  const script = createChallenge(
    (count) => Uint8Array.from({ length: count }, () => rng() * 256),
    0,
  );
  const frameAt = live(clip, performer(script, rng), rng);
  const encoding = { width: 1280, height: 720, codec: 'H264' } as const;
  const encoder = await ports.createVideoEncoder(encoding);
  for (let i = 0; i < 150; i++) {
    // A frame of the source stands twice, as the source has half the rate.
    const picture = frameAt((Math.floor(i / 2) / FPS) * 1_000);
    encoder.add({ image: resize(picture, { width: 1280, height: 720 }), timeMs: i * 40 });
  }
  const bytes = encoder.finish();
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage();
    judge(script, await trackFace.run(ports, { bytes, name: 'speed' }));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
