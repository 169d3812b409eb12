import type { Point } from '../../core/image.ts';
import { centroid } from '../image/transform.ts';
import { meshPoint } from './mesh-face.ts';

/**
 * The 30 landmark names of Amazon Rekognition and the mesh points that stand for them. Left and right are as
 * seen in the picture. Pupils are the middles of the eye openings: the mesh does not look at irises.
 */
const LANDMARKS = {
  eyeLeft: [33, 160, 158, 133, 153, 144],
  eyeRight: [362, 385, 387, 263, 373, 380],
  nose: [4],
  mouthLeft: [61],
  mouthRight: [291],
  leftEyeBrowLeft: [70],
  leftEyeBrowRight: [107],
  leftEyeBrowUp: [105],
  rightEyeBrowLeft: [336],
  rightEyeBrowRight: [300],
  rightEyeBrowUp: [334],
  leftEyeLeft: [33],
  leftEyeRight: [133],
  leftEyeUp: [159],
  leftEyeDown: [145],
  rightEyeLeft: [362],
  rightEyeRight: [263],
  rightEyeUp: [386],
  rightEyeDown: [374],
  noseLeft: [98],
  noseRight: [327],
  mouthUp: [0],
  mouthDown: [17],
  leftPupil: [159, 145, 33, 133],
  rightPupil: [386, 374, 362, 263],
  upperJawlineLeft: [234],
  midJawlineLeft: [172],
  chinBottom: [152],
  midJawlineRight: [397],
  upperJawlineRight: [454],
} as const satisfies Record<string, readonly number[]>;

export type LandmarkName = keyof typeof LANDMARKS;
export const landmarkNames = Object.keys(LANDMARKS) as LandmarkName[];

export interface Landmark extends Point {
  readonly type: LandmarkName;
}

/** All 30, in image pixels; may lie beyond the image when the face is cut off. */
export function nameLandmarks(points: Float32Array): Landmark[] {
  return landmarkNames.map((type) => ({ type, ...meshCentroid(points, LANDMARKS[type]) }));
}

export function meshCentroid(points: Float32Array, indices: readonly number[]): Point {
  return centroid(indices.map((index) => meshPoint(points, index)));
}
