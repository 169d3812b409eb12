import type { RgbImage } from '../../core/image.ts';
import type { InferenceSession } from '../../core/model.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import type { VideoEncoder } from '../../core/video.ts';
import { createPyramid, halve } from '../../vision/image/pyramid.ts';
import { cropPortrait } from '../../vision/tasks/crop-portrait.ts';
import type { FaceEmbedding } from '../../vision/tasks/embed-face.ts';
import { assessFace, type FaceQuality } from '../../vision/tasks/face-quality.ts';
import { followFace } from '../../vision/tasks/mesh-face.ts';
import { estimatePose } from '../../vision/tasks/pose.ts';
import { analyseFaces, warnAboutFace } from '../faces/index.ts';
import { type ArchiveEntry, packTar } from './tar.ts';

export interface AnalyseCaptureInput {
  readonly bytes: Uint8Array;
  /** What refusals call it: the stream. */
  readonly name: string;
  readonly isVideo: boolean;
  /** Which derived files are wanted besides the best frame. */
  readonly wantsArchive: boolean;
  readonly wantsLightVideo: boolean;
  /** A document: it may lie on its side or head, and of the best frame its portrait alone is kept, upright. */
  readonly isDocument?: boolean;
}

export interface CaptureAnalysis {
  /** Pictures that were looked at; 1 for a photograph. */
  readonly frames: number;
  /** Those in which a face was found. */
  readonly framesWithFace: number;
  readonly durationMs: number;
  /** Of the best frame; absent when no frame shows a face. */
  readonly best?: {
    readonly index: number;
    readonly quality: FaceQuality;
    readonly embedding: FaceEmbedding;
    readonly jpeg: Uint8Array;
    /** Reason codes about the face on it. */
    readonly warnings: readonly string[];
  };
  /** Tar of small JPEG files. */
  readonly framesArchive?: Uint8Array;
  readonly lightVideo?: Uint8Array;
  /** SHA-256 of the models that took part. */
  readonly models: readonly string[];
}

/** Enough to find an open-eyed, sharp moment in a short clip. */
const maxFrames = 16;
/** In between the face is followed, at a quarter of the cost. */
const detectEvery = 4;
/** The probability above which the mesh says that its crop is a face. */
const faceFlag = 0.5;
const maxArchived = 8;
const frameSide = 1_280;
const lightSide = 320;
const archiveSide = 480;

/**
 * One capture, photograph or video, to its best face. Frames come one at a time; only the best one is kept, so
 * that memory does not grow with the length of the video.
 */
export const analyseCapture: Task<AnalyseCaptureInput, CaptureAnalysis> = {
  name: 'analyse-capture',
  timeoutMs: 60_000,
  async run(ports, input) {
    const search = new BestFrame(ports, input);
    let durationMs = 0;
    try {
      if (input.isVideo) {
        const sampling = { maxFrames, maxSide: frameSide };
        const facts = await ports.decodeVideo(input.bytes, input.name, sampling, (frame) =>
          search.look(frame.image, frame.index, frame.timeMs),
        );
        durationMs = facts.durationMs;
      } else {
        await search.look(await ports.decodeImage(input.bytes, input.name), 0, 0);
      }
      return { ...(await search.finish()), durationMs };
    } finally {
      search.close();
    }
  },
};

interface Candidate {
  readonly image: RgbImage;
  readonly index: number;
  readonly quality: FaceQuality;
}

class BestFrame {
  #frames = 0;
  #framesWithFace = 0;
  #best: Candidate | undefined;
  /** The first frame without a face at first sight. */
  #faceless: Omit<Candidate, 'quality'> | undefined;
  /** The mesh of the frame before. */
  #before: Float32Array | undefined;
  #encoder: VideoEncoder | undefined;
  readonly #archive: ArchiveEntry[] = [];
  readonly #models = new Set<string>();
  readonly #ports: TaskPorts;
  readonly #input: AnalyseCaptureInput;

  constructor(ports: TaskPorts, input: AnalyseCaptureInput) {
    this.#ports = ports;
    this.#input = input;
  }

  async look(image: RgbImage, index: number, timeMs: number): Promise<void> {
    this.#frames++;
    if (this.#input.isVideo) await this.#keepSmall(image, timeMs);
    const quality = this.#input.isVideo
      ? ((await this.#follow(image)) ?? (await this.#find(image, 'glance')))
      : await this.#find(image, 'largest');
    if (!quality) {
      this.#faceless ??= { image, index };
      return;
    }
    const isBetter = !this.#best || quality.overall > this.#best.quality.overall;
    if (isBetter) this.#best = { image, index, quality };
  }

  /** The face of the frame before, a little further on; the detector has a look of its own every few frames. */
  async #follow(image: RgbImage): Promise<FaceQuality | undefined> {
    if (!this.#before || this.#frames % detectEvery === 0) return undefined;
    const [mesher] = await this.#ports.models('face-mesh');
    const pyramid = createPyramid(image);
    const mesh = await followFace(mesher as InferenceSession, pyramid, this.#before);
    this.#before = mesh.confidence >= faceFlag ? mesh.points : undefined;
    if (!this.#before) return undefined;
    this.#framesWithFace++;
    return assessFace(pyramid, mesh.points, estimatePose(mesh.points));
  }

  async #find(image: RgbImage, scope: 'glance' | 'largest'): Promise<FaceQuality | undefined> {
    const { faces, models } = await analyseFaces.run(this.#ports, {
      image,
      name: this.#input.name,
      scope,
      mesh: true,
      anyTurn: this.#input.isDocument ?? false,
    });
    for (const { sha256 } of models) this.#models.add(sha256);
    if (faces.length > 0) this.#framesWithFace++;
    this.#before = faces[0]?.mesh;
    return faces[0]?.quality;
  }

  async finish(): Promise<Omit<CaptureAnalysis, 'durationMs'>> {
    await this.#lookHarder();
    const best = this.#best && (await this.#describe(this.#best));
    const lightVideo = this.#encoder?.finish();
    return {
      frames: this.#frames,
      framesWithFace: this.#framesWithFace,
      ...(best && { best }),
      ...(this.#archive.length > 0 && { framesArchive: packTar(this.#archive) }),
      ...(lightVideo && { lightVideo }),
      models: [...this.#models],
    };
  }

  /** No frame of the video shows a face at first sight: one of them is searched as a photograph is. */
  async #lookHarder(): Promise<void> {
    if (this.#best || !this.#faceless || !this.#input.isVideo) return;
    const quality = await this.#find(this.#faceless.image, 'largest');
    if (quality) this.#best = { ...this.#faceless, quality };
  }

  close(): void {
    this.#encoder?.abort();
  }

  async #describe({ image, index }: Candidate): Promise<CaptureAnalysis['best']> {
    const analysis = await analyseFaces.run(this.#ports, {
      image,
      name: this.#input.name,
      embed: 'first',
      anyTurn: this.#input.isDocument ?? false,
    });
    const [face] = analysis.faces;
    if (!face?.embedding) return undefined;
    for (const { sha256 } of analysis.models) this.#models.add(sha256);
    const shown = this.#input.isDocument ? cropPortrait(image, face, analysis.turned) : image;
    return {
      index,
      quality: face.quality,
      embedding: face.embedding,
      jpeg: await this.#ports.encodeJpeg(shown, 85),
      warnings: warnAboutFace(analysis, this.#input.name).map(({ code }) => code),
    };
  }

  /** The archive and the light video are small on purpose: they show what happened, the original proves it. */
  async #keepSmall(image: RgbImage, timeMs: number): Promise<void> {
    if (this.#input.wantsArchive && this.#archive.length < maxArchived && this.#frames % 2 === 1) {
      const bytes = await this.#ports.encodeJpeg(shrink(image, archiveSide), 60);
      const name = `${String(Math.round(timeMs)).padStart(6, '0')}-ms.jpg`;
      this.#archive.push({ name, bytes });
    }
    if (!this.#input.wantsLightVideo) return;
    const small = shrink(image, lightSide);
    this.#encoder ??= await this.#ports.createVideoEncoder({
      width: small.width,
      height: small.height,
      codec: 'VP8',
    });
    this.#encoder.add({ image: small, timeMs });
  }
}

function shrink(image: RgbImage, side: number): RgbImage {
  let small = image;
  while (Math.max(small.width, small.height) > side * 1.5) small = halve(small);
  return small;
}
