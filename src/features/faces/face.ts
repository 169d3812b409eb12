import type { Box } from '../../core/image.ts';
import type { ModelRef } from '../../core/model.ts';
import type { FaceEmbedding } from '../../vision/tasks/embed-face.ts';
import type { AgeEstimate } from '../../vision/tasks/estimate-age.ts';
import type { Landmark } from '../../vision/tasks/face-landmarks.ts';
import type { FaceQuality } from '../../vision/tasks/face-quality.ts';
import type { Pose } from '../../vision/tasks/pose.ts';

/** Faces narrower than this are not analysed, in pixels of the image as sent. */
export const MIN_FACE_WIDTH = 30;
/** The largest ones count, as many as Amazon Rekognition looks at. */
export const MAX_FACES = 100;

export interface AnalysedFace {
  /** Around the face from forehead to chin, image pixels; may reach beyond the edges. */
  readonly box: Box;
  /** The detector's own box, brows to chin: what presentation-attack models are cropped by. */
  readonly detection: Box;
  /** 0…100: that this is a face at all. */
  readonly confidence: number;
  readonly landmarks: readonly Landmark[];
  readonly pose: Pose;
  readonly quality: FaceQuality;
  readonly age?: AgeEstimate;
  /** 468 × (x, y, z), image pixels; on request. */
  readonly mesh?: Float32Array;
  readonly embedding?: FaceEmbedding;
}

export interface FaceAnalysis {
  /** Pixels after EXIF orientation. */
  readonly image: { readonly width: number; readonly height: number };
  /** Largest first, at most `MAX_FACES`. */
  readonly faces: readonly AnalysedFace[];
  /** Quarters by which the picture had to be turned clockwise for its faces to be upright; absent when it is. */
  readonly turned?: 1 | 2 | 3;
  /** Width of the widest face that was left out because it is under `MIN_FACE_WIDTH`. */
  readonly widestTooSmall?: number;
  /** Everything that took part, in the order of its use. */
  readonly models: readonly ModelRef[];
  readonly timings: FaceTimings;
}

/** Milliseconds of wall time by step, and of processor time in all. */
export interface FaceTimings {
  readonly decodeMs: number;
  readonly detectMs: number;
  readonly meshMs: number;
  readonly embedMs: number;
  readonly ageMs: number;
  readonly cpuMs: number;
}
