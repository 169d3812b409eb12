import { AppError } from '../../core/errors.ts';
import type { Box, RgbImage } from '../../core/image.ts';
import type { InferenceSession, ModelRef } from '../../core/model.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import { createPyramid, type Pyramid } from '../../vision/image/pyramid.ts';
import { overlap } from '../../vision/tasks/boxes.ts';
import {
  type DetectionReach,
  detectFaces,
  type FaceDetection,
} from '../../vision/tasks/detect-faces.ts';
import { embedFace, type FaceEmbedding } from '../../vision/tasks/embed-face.ts';
import { meshFace } from '../../vision/tasks/mesh-face.ts';
import { scorePresentation } from '../../vision/tasks/score-presentation.ts';

export interface PassiveLivenessInput {
  readonly bytes: Uint8Array;
  /** What refusals call it. */
  readonly name: string;
  readonly isVideo: boolean;
}

/** What a picture or a recording shows of a person, without a challenge. */
export interface PassiveFacts {
  readonly isVideo: boolean;
  /** Frames that were looked at; 1 of a picture. */
  readonly frames: number;
  readonly framesWithFace: number;
  /** Faces of at least half the height of the largest, in the frame that shows most of them. */
  readonly mostFaces: number;
  /** 0…1 for each frame with a face: that it shows a live person. Empty without a model. */
  readonly live: readonly number[];
  /** The largest face of some of the frames; of a video only. */
  readonly identities: readonly FaceEmbedding[];
  readonly models: readonly ModelRef[];
  readonly cpuMs: number;
}

const FRAMES_OF_VIDEO = 8;
/** The mesh's own word on whether its crop shows a face. */
const FACE_FLAG = 0.5;

interface LocatedFace {
  readonly detection: FaceDetection;
  readonly points: Float32Array;
  /** Around the mesh. */
  readonly box: Box;
}

/**
 * Presentation-attack models of the pack on a picture, or on frames spread over a recording.
 * @throws AppError image_* | video_* | model_unavailable (of the face models)
 */
export const passiveLiveness: Task<PassiveLivenessInput, PassiveFacts> = {
  name: 'passive-liveness',
  timeoutMs: 60_000,
  async run(ports, { bytes, name, isVideo }) {
    const cpu = process.cpuUsage();
    const look = await Look.create(ports, isVideo);
    if (isVideo) {
      const sampling = { maxFrames: FRAMES_OF_VIDEO };
      await ports.decodeVideo(bytes, name, sampling, ({ image }) => look.add(image));
    } else await look.add(await ports.decodeImage(bytes, name));
    const { user, system } = process.cpuUsage(cpu);
    return { ...look.facts(), isVideo, cpuMs: (user + system) / 1_000 };
  },
};

interface Models {
  readonly detector: InferenceSession;
  readonly mesher: InferenceSession;
  readonly embedders: readonly InferenceSession[];
  readonly judges: readonly InferenceSession[];
}

class Look {
  readonly #models: Models;
  #frames = 0;
  #framesWithFace = 0;
  #mostFaces = 0;
  readonly #live: number[] = [];
  readonly #identities: FaceEmbedding[] = [];

  static async create(ports: TaskPorts, isVideo: boolean): Promise<Look> {
    const [detector] = await ports.models('face-detection');
    const [mesher] = await ports.models('face-mesh');
    return new Look({
      detector: detector as InferenceSession,
      mesher: mesher as InferenceSession,
      embedders: isVideo ? await ports.models('face-embedding') : [],
      judges: await installedJudges(ports),
    });
  }

  private constructor(models: Models) {
    this.#models = models;
  }

  async add(image: RgbImage): Promise<void> {
    const { judges, embedders } = this.#models;
    const pyramid = createPyramid(image);
    const faces = await this.#faces(pyramid);
    this.#frames += 1;
    this.#mostFaces = Math.max(this.#mostFaces, faces.length);
    const [face] = faces;
    if (!face) return;
    this.#framesWithFace += 1;
    const { box } = face.detection;
    if (judges.length > 0) this.#live.push((await scorePresentation(judges, pyramid, box)).live);
    if (embedders.length > 0) {
      const geometry = { detection: box, points: face.points };
      this.#identities.push(await embedFace(embedders, pyramid, geometry));
    }
  }

  facts(): Omit<PassiveFacts, 'isVideo' | 'cpuMs'> {
    const { detector, mesher, embedders, judges } = this.#models;
    return {
      frames: this.#frames,
      framesWithFace: this.#framesWithFace,
      mostFaces: this.#mostFaces,
      live: this.#live,
      identities: this.#identities,
      models: [detector, mesher, ...embedders, ...judges].map(({ model }) => model),
    };
  }

  /** The largest face and others of at least half its height; a single picture is searched harder. */
  async #faces(pyramid: Pyramid): Promise<LocatedFace[]> {
    for (const reach of ['whole', 'everywhere', 'room'] as const) {
      const faces = await this.#facesWithin(pyramid, reach);
      if (faces.length > 0) return faces;
    }
    return [];
  }

  async #facesWithin(pyramid: Pyramid, reach: DetectionReach): Promise<LocatedFace[]> {
    const { detector, mesher } = this.#models;
    const detections = await detectFaces(detector, pyramid, reach);
    const tallest = detections[0]?.box.height ?? 0;
    const faces: LocatedFace[] = [];
    for (const detection of detections.slice(0, 5)) {
      if (detection.box.height < tallest / 2) continue;
      const mesh = await meshFace(mesher, pyramid, detection);
      if (mesh.confidence < FACE_FLAG || faces.some(({ box }) => isSame(box, mesh.box))) continue;
      faces.push({ detection, points: mesh.points, box: mesh.box });
    }
    return faces;
  }
}

/** The detector may see one face twice; then both meshes settle on it. */
function isSame(a: Box, b: Box): boolean {
  return overlap(a, b) > 0.3 * Math.min(a.width * a.height, b.width * b.height);
}

/** A pack without such models is a valid pack: then there is no answer, not an error. */
async function installedJudges(ports: TaskPorts): Promise<readonly InferenceSession[]> {
  try {
    return await ports.models('pad');
  } catch (error) {
    if (error instanceof AppError && error.code === 'model_unavailable') return [];
    throw error;
  }
}
