import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Box, RgbImage } from '../../src/core/image.ts';
import type { InferenceSession } from '../../src/core/model.ts';
import type { TaskPorts } from '../../src/core/task.ts';
import { createPyramid } from '../../src/vision/image/pyramid.ts';
import { cropResize } from '../../src/vision/image/warp.ts';
import { detectFaces } from '../../src/vision/tasks/detect-faces.ts';
import { type FaceMesh, followFace, meshFace } from '../../src/vision/tasks/mesh-face.ts';
import { estimatePose } from '../../src/vision/tasks/pose.ts';

/** A frame of a real recording with the mesh of its face. */
export interface LiveFrame {
  readonly image: RgbImage;
  readonly points: Float32Array;
}

/** A stretch of a real recording in which the head hardly moves, `FPS` frames a second. */
export interface LiveClip {
  readonly identity: string;
  readonly frames: readonly LiveFrame[];
}

export interface Split {
  readonly clips: readonly {
    readonly identity: string;
    readonly file: string;
    readonly crop?: boolean;
  }[];
  readonly photos: readonly { readonly identity: string; readonly file: string }[];
}

/** People of the one list are not in the other. */
export const splits: Readonly<Record<'tuning' | 'reporting', Split>> = {
  tuning: {
    clips: [
      { identity: 'lp_d18', file: 'video/liveportrait_d18.mp4' },
      { identity: 'lp_d12', file: 'video/liveportrait_d12.mp4' },
      { identity: 'lp_d13', file: 'video/liveportrait_d13.mp4', crop: true },
      { identity: 'lp_d3', file: 'video/liveportrait_d3.mp4' },
      { identity: 'intel_asl', file: 'video/intel_asl_bird.mkv', crop: true },
    ],
    photos: [
      { identity: 'selfie_p01', file: 'faces/selfies/p01/00.jpg' },
      { identity: 'selfie_p01', file: 'faces/selfies/p01/03.jpg' },
      { identity: 'selfie_p06', file: 'faces/selfies/p06/00.jpg' },
      { identity: 'selfie_p06', file: 'faces/selfies/p06/04.jpg' },
    ],
  },
  // `video/bioid_nod_head.mp4` is no camera's recording: an advertisement, its face set with a white ring into a
  // blurred still room, every fourth frame repeated. docs/liveness.md says what the judge makes of it.
  reporting: {
    clips: [{ identity: 'lp_d19', file: 'video/liveportrait_d19.mp4' }],
    photos: [
      { identity: 'selfie_p07', file: 'faces/selfies/p07/00.jpg' },
      { identity: 'selfie_p07', file: 'faces/selfies/p07/02.jpg' },
      { identity: 'selfie_p09', file: 'faces/selfies/p09/00.jpg' },
      { identity: 'selfie_p10', file: 'faces/selfies/p10/00.jpg' },
    ],
  },
};

/** Of the laboratory's camera. */
export const FPS = 12.5;
/** Longer side of its frames. */
export const SIDE = 384;

export interface Sources {
  readonly clips: readonly LiveClip[];
  readonly photos: readonly (LiveFrame & { readonly identity: string })[];
}

export async function loadSources(
  ports: TaskPorts,
  split: Split,
  dataDir: string,
): Promise<Sources> {
  const [detector] = await ports.models('face-detection');
  const [mesher] = await ports.models('face-mesh');
  const models = { detector: detector as InferenceSession, mesher: mesher as InferenceSession };
  const clips: LiveClip[] = [];
  for (const { identity, file, crop } of split.clips) {
    const bytes = await readFile(resolve(dataDir, file));
    clips.push({ identity, frames: quietest(await readClip(ports, models, bytes, crop ?? false)) });
  }
  const photos = [];
  for (const { identity, file } of split.photos) {
    const image = await ports.decodeImage(await readFile(resolve(dataDir, file)), file);
    const frame = await findHead(models, image);
    if (frame) photos.push({ identity, ...frame });
  }
  return { clips, photos };
}

interface Models {
  readonly detector: InferenceSession;
  readonly mesher: InferenceSession;
}

async function readClip(
  ports: TaskPorts,
  models: Models,
  bytes: Uint8Array,
  isCropped: boolean,
): Promise<LiveFrame[]> {
  const frames: LiveFrame[] = [];
  let view: Box | undefined;
  let before: Float32Array | undefined;
  const sampling = { fps: FPS, ...(!isCropped && { maxSide: SIDE }) };
  await ports.decodeVideo(bytes, 'clip', sampling, async ({ image }) => {
    if (isCropped && !view) view = await viewOfHead(models, image);
    const picture = view ? cropResize(image, view, { width: SIDE, height: SIDE }, 'edge') : image;
    const mesh = await locate(models, picture, before);
    before = mesh?.points;
    if (mesh) frames.push({ image: picture, points: mesh.points });
  });
  return frames;
}

async function locate(
  { detector, mesher }: Models,
  image: RgbImage,
  before: Float32Array | undefined,
): Promise<FaceMesh | undefined> {
  const pyramid = createPyramid(image);
  const followed = before && (await followFace(mesher, pyramid, before));
  if (followed && followed.confidence > 0.5) return followed;
  const [face] = await detectFaces(detector, pyramid, 'whole');
  const mesh = face && (await meshFace(mesher, pyramid, face));
  return mesh && mesh.confidence > 0.5 ? mesh : undefined;
}

/** A square around the head as a selfie shows it, inside the picture. */
async function viewOfHead(models: Models, image: RgbImage): Promise<Box | undefined> {
  const mesh = await locate(models, image, undefined);
  if (!mesh) return undefined;
  const side = Math.min(mesh.box.height * 2.2, image.width, image.height);
  const x = mesh.box.x + mesh.box.width / 2 - side / 2;
  const y = mesh.box.y + mesh.box.height * 0.55 - side / 2;
  return {
    x: Math.min(Math.max(0, x), image.width - side),
    y: Math.min(Math.max(0, y), image.height - side),
    width: side,
    height: side,
  };
}

async function findHead(models: Models, image: RgbImage): Promise<LiveFrame | undefined> {
  const view = await viewOfHead(models, image);
  if (!view) return undefined;
  const picture = cropResize(image, view, { width: SIDE, height: SIDE }, 'edge');
  const mesh = await locate(models, picture, undefined);
  return mesh && { image: picture, points: mesh.points };
}

const QUIET_DEGREES = 6;
const LEAST_FRAMES = 10;

/** The longest run in which the head stays within a few degrees. */
function quietest(frames: readonly LiveFrame[]): LiveFrame[] {
  const poses = frames.map(({ points }) => estimatePose(points));
  let best: [number, number] = [0, 0];
  for (let from = 0; from < frames.length; from++) {
    const [yaws, pitches]: [number[], number[]] = [[], []];
    let to = from;
    for (; to < frames.length; to++) {
      yaws.push(poses[to]?.yaw ?? 0);
      pitches.push(poses[to]?.pitch ?? 0);
      if (spread(yaws) > QUIET_DEGREES || spread(pitches) > QUIET_DEGREES) break;
    }
    if (to - from > best[1] - best[0]) best = [from, to];
  }
  const [from, to] = best;
  if (to - from < LEAST_FRAMES)
    throw new Error(`The longest quiet stretch has ${to - from} frames`);
  return frames.slice(from, to);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
