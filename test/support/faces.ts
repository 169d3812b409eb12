import type { AnalysedFace, FaceAnalysis } from '../../src/features/faces/index.ts';

const goodQuality: AnalysedFace['quality'] = {
  sharpness: 80,
  brightness: 50,
  contrast: 60,
  size: 90,
  eyesOpen: 90,
  mouthOpen: 0,
  frontal: 95,
  visible: 100,
  overall: 80,
};

/** A face without a picture: 100 pixels wide, good, embedded as the direction of `angle` (radians) in the plane. */
export function makeFace(
  options: {
    width?: number;
    angle?: number;
    sha256?: string;
    quality?: Partial<AnalysedFace['quality']>;
  } = {},
): AnalysedFace {
  const { width = 100, angle = 0, sha256 = 'a'.repeat(64), quality } = options;
  const box = { x: 10, y: 10, width, height: width * 1.2 };
  return {
    box,
    detection: box,
    confidence: 99,
    landmarks: [],
    pose: { yaw: 0, pitch: 0, roll: 0 },
    quality: { ...goodQuality, ...quality },
    embedding: [
      {
        model: { name: 'made-up', version: '1', sha256 },
        vector: new Float32Array([Math.cos(angle), Math.sin(angle)]),
      },
    ],
  };
}

export function makeAnalysis(...faces: AnalysedFace[]): FaceAnalysis {
  return {
    image: { width: 640, height: 480 },
    faces,
    models: [],
    timings: { decodeMs: 0, detectMs: 0, meshMs: 0, embedMs: 0, ageMs: 0, cpuMs: 0 },
  };
}

/** Similarity 100 × cosine. */
export const straightCalibration = {
  measured_on: 'made up',
  cosine_to_similarity: [
    [0, 0],
    [1, 100],
  ] as [number, number][],
  points: [],
};
