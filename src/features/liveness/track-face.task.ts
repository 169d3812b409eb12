import type { InferenceSession } from '../../core/model.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import type { FrameSampling, VideoFrame } from '../../core/video.ts';
import { createPyramid, type Pyramid } from '../../vision/image/pyramid.ts';
import { overlap } from '../../vision/tasks/boxes.ts';
import { detectFaces } from '../../vision/tasks/detect-faces.ts';
import { embedFace, type FaceEmbedding } from '../../vision/tasks/embed-face.ts';
import { describeFrame, thumbnail } from '../../vision/tasks/frame-facts.ts';
import { type FaceMesh, followFace, meshFace } from '../../vision/tasks/mesh-face.ts';
import { estimatePose } from '../../vision/tasks/pose.ts';
import { rasterPeak } from '../../vision/tasks/raster-peak.ts';
import { frameAround } from '../../vision/tasks/straight-frame.ts';
import type { Track, TrackFrame, TrackLook } from './track.ts';

export interface TrackFaceInput {
  /** H264, VP8 or VP9 in MP4, WebM or Matroska. */
  readonly bytes: Uint8Array;
  /** What refusals call it. */
  readonly name: string;
}

/** Enough for a nod, which takes half a second, and little enough for a phone's recording in a second of work. */
const FPS = 15;
/** Ten seconds at the full rate; longer recordings are looked at more coarsely. */
const MAX_FRAMES = 150;
const MAX_SIDE = 640;
/** The mesh's own word on whether its crop shows a face. */
const FACE_FLAG = 0.5;
/** The detector looks again this often: for a second face, and whether the followed face is one. */
const DETECT_EVERY_MS = 1_500;
const EMBED_EVERY_MS = 1_200;
const MAX_EMBEDDINGS = 8;
const LOOK_EVERY_MS = 1_400;
const MAX_LOOKS = 10;

/**
 * A recording to facts about every sampled frame. The detector finds the face, then the mesh follows it.
 * A recording without a face is an answer, not an error.
 * @throws AppError video_* | model_unavailable
 */
export const trackFace: Task<TrackFaceInput, Track> = {
  name: 'track-face',
  timeoutMs: 60_000,
  async run(ports, { bytes, name }) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const tracker = await Tracker.create(ports);
    const sampling: FrameSampling = {
      fps: FPS,
      maxFrames: MAX_FRAMES,
      maxSide: MAX_SIDE,
      shrinkBy: 'bilinear',
    };
    const facts = await ports.decodeVideo(bytes, name, sampling, (frame) => tracker.add(frame));
    const { user, system } = process.cpuUsage(cpu);
    const { width, height, durationMs, damagedFrames, keyFrames, writtenBy } = facts;
    return {
      ...tracker.result(),
      timesMs: facts.timesMs,
      video: { width, height, durationMs, damagedFrames, keyFrames, writtenBy },
      timings: { cpuMs: (user + system) / 1_000, wallMs: performance.now() - start },
    };
  },
};

class Tracker {
  readonly #detector: InferenceSession;
  readonly #mesher: InferenceSession;
  readonly #embedders: readonly InferenceSession[];
  readonly #frames: TrackFrame[] = [];
  readonly #identities: FaceEmbedding[] = [];
  readonly #looks: TrackLook[] = [];
  #mostFaces = 0;
  #detectAtMs = 0;
  #embedAtMs = 0;
  #lookAtMs = 0;
  #before: Float32Array | undefined;

  static async create(ports: TaskPorts): Promise<Tracker> {
    const [detector] = await ports.models('face-detection');
    const [mesher] = await ports.models('face-mesh');
    const embedders = await ports.models('face-embedding');
    return new Tracker(detector as InferenceSession, mesher as InferenceSession, embedders);
  }

  private constructor(
    detector: InferenceSession,
    mesher: InferenceSession,
    embedders: readonly InferenceSession[],
  ) {
    this.#detector = detector;
    this.#mesher = mesher;
    this.#embedders = embedders;
  }

  async add({ image, timeMs }: VideoFrame): Promise<void> {
    const pyramid = createPyramid(image);
    const mesh = await this.#locate(pyramid, timeMs);
    this.#before = mesh?.points;
    if (!mesh) {
      this.#frames.push({ timeMs, thumb: thumbnail(pyramid) });
      return;
    }
    const { points, box, confidence: flag } = mesh;
    const { thumb, ...facts } = describeFrame(pyramid, points, box);
    const pose = estimatePose(points);
    this.#frames.push({ timeMs, thumb, face: { ...facts, points, pose, flag } });
    if (timeMs >= this.#lookAtMs && this.#looks.length < MAX_LOOKS) {
      this.#lookAtMs = timeMs + LOOK_EVERY_MS;
      const raster = rasterPeak(image, box.x + box.width / 2, box.y + box.height / 2);
      this.#looks.push({ timeMs, raster, frame: frameAround(pyramid, box) });
    }
    if (timeMs >= this.#embedAtMs && this.#identities.length < MAX_EMBEDDINGS) {
      this.#embedAtMs = timeMs + EMBED_EVERY_MS;
      const geometry = { detection: box, points };
      this.#identities.push(await embedFace(this.#embedders, pyramid, geometry));
    }
  }

  result(): Pick<Track, 'frames' | 'looks' | 'identities' | 'mostFaces' | 'models'> {
    return {
      frames: this.#frames,
      looks: this.#looks,
      identities: this.#identities,
      mostFaces: this.#mostFaces,
      models: [this.#detector, this.#mesher, ...this.#embedders].map(({ model }) => model),
    };
  }

  async #locate(pyramid: Pyramid, timeMs: number): Promise<FaceMesh | undefined> {
    const isDue = timeMs >= this.#detectAtMs;
    if (isDue) this.#detectAtMs = timeMs + DETECT_EVERY_MS;
    const followed = this.#before && asFace(await followFace(this.#mesher, pyramid, this.#before));
    if (followed && !isDue) return followed;
    const faces = await this.#findFaces(pyramid);
    this.#mostFaces = Math.max(this.#mostFaces, faces.length);
    return followed ?? faces[0];
  }

  /** Faces of at least half the height of the largest: passers-by far away are no second person. */
  async #findFaces(pyramid: Pyramid): Promise<FaceMesh[]> {
    const detections = await detectFaces(this.#detector, pyramid, 'whole');
    const tallest = detections[0]?.box.height ?? 0;
    const faces: FaceMesh[] = [];
    for (const detection of detections.slice(0, 5)) {
      if (detection.box.height < tallest / 2) continue;
      const face = asFace(await meshFace(this.#mesher, pyramid, detection));
      if (face && !faces.some((other) => isSame(face, other))) faces.push(face);
    }
    return faces;
  }
}

/** The detector may see one face twice; then both meshes settle on it. */
function isSame({ box: a }: FaceMesh, { box: b }: FaceMesh): boolean {
  return overlap(a, b) > 0.3 * Math.min(a.width * a.height, b.width * b.height);
}

function asFace(mesh: FaceMesh): FaceMesh | undefined {
  return mesh.confidence >= FACE_FLAG ? mesh : undefined;
}
