import type { TaskPorts } from '../../src/core/task.ts';
import { type CaptureFacts, createChallenge } from '../../src/features/liveness/index.ts';
import { between, type Rng } from './perform.ts';
import { FPS, type LiveFrame, SIDE, type Sources } from './sources.ts';
import type { Recipe, Scene } from './species.ts';

export interface Recording {
  readonly script: Scene['script'];
  readonly bytes: Uint8Array;
  readonly capture: CaptureFacts;
  readonly subject: string;
}

/**
 * The `index`-th recording of a species: another person, moment and challenge (unless one is given) each time, the
 * same for one seed.
 */
export async function makeRecording(
  ports: TaskPorts,
  sources: Sources,
  recipe: Recipe,
  index: number,
  rng: Rng,
  script: Scene['script'] = drawScript(rng),
): Promise<Recording> {
  const clip = sources.clips[index % sources.clips.length] as Sources['clips'][number];
  const stills = [...sources.photos, ...othersOf(sources, clip.identity)];
  const photo = stills[Math.floor(rng() * stills.length)] as LiveFrame;
  const film = recipe({ script, clip, photo, rng });
  const camera = film.camera ?? {};
  const { fps = FPS, jitterMs = 5, lost = 0, repeats = 1, side = SIDE, quality = 30 } = camera;
  const encoder = await ports.createVideoEncoder({
    width: side,
    height: side,
    codec: 'VP8',
    quality,
  });
  const period = 1_000 / fps;
  for (let i = 0; i * period < script.durationMs + 200; i++) {
    if (rng() < lost && i > 0) continue;
    const timeMs = Math.round(i * period + (i > 0 ? between(rng, -jitterMs, jitterMs) : 0));
    const image = film.frameAt(timeMs);
    for (let k = 0; k < repeats; k++) {
      encoder.add({ image, timeMs: timeMs + Math.round((k * period) / repeats) });
    }
  }
  const capture = { deviceLabel: camera.label, ...camera.said };
  return { script, bytes: encoder.finish(), capture, subject: clip.identity };
}

function drawScript(rng: Rng): Scene['script'] {
  return createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);
}

function othersOf({ clips }: Sources, identity: string): LiveFrame[] {
  return clips
    .filter((clip) => clip.identity !== identity)
    .map(({ frames }) => frames[0] as LiveFrame);
}
