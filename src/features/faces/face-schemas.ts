import { z } from 'zod';
import type { Box } from '../../core/image.ts';
import type { ModelRef } from '../../core/model.ts';
import type { FaceComparison, FaceMatch } from './compare-faces.usecase.ts';
import type { AnalysedFace, FaceAnalysis } from './face.ts';
import { type FaceReasonCode, type FaceWarning, faceReasons } from './face-reasons.ts';
import type { IdentityVerification } from './verify-identity.usecase.ts';

/** JSON of everything that faces answer, in snake_case, and the functions that make it. Embeddings and meshes never leave. */

const Percent = z.number().min(0).max(100);

export const BoxJson = z
  .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .meta({
    id: 'Box',
    description: 'Pixels from the top left, after EXIF orientation; may reach beyond the edges',
  });

export const PoseJson = z
  .object({
    yaw: z.number().describe('Positive: the nose points to the right edge of the picture'),
    pitch: z.number().describe('Positive: looking up'),
    roll: z.number().describe('Positive: turned clockwise'),
  })
  .meta({ id: 'Pose', description: 'Degrees' });

export const QualityJson = z
  .object({
    sharpness: Percent.describe('Fine detail: below 20 blurred, above 60 crisp'),
    brightness: Percent.describe('0 black, 100 white; 25 to 80 is well exposed'),
    contrast: Percent.describe('Below 20 flat or foggy'),
    size: Percent.describe('100 from 64 pixels between the eyes'),
    eyes_open: Percent,
    mouth_open: Percent,
    frontal: Percent.describe('100 straight to the camera, 0 from 60 degrees'),
    visible: Percent.describe(
      '100 nothing cut off or covered, as far as the mesh and colours tell',
    ),
    overall: Percent.describe('What `quality_filter` looks at'),
  })
  .meta({ id: 'FaceQuality' });

export const ModelRefJson = z
  .object({
    name: z.string(),
    version: z.string(),
    sha256: z.string(),
  })
  .meta({ id: 'ModelRef' });

export const AgeJson = z
  .object({
    estimate: z.number().describe('Years, apparent'),
    low: z.number(),
    high: z.number(),
  })
  .describe('An estimate with the 80 % range that the model itself gives; never a proof of age');

export const FaceJson = z
  .object({
    box: BoxJson,
    confidence: Percent,
    landmarks: z.array(z.object({ type: z.string(), x: z.number(), y: z.number() })),
    pose: PoseJson,
    quality: QualityJson,
    age: AgeJson.optional(),
  })
  .meta({ id: 'Face' });
export type FaceJson = z.infer<typeof FaceJson>;

export const WarningJson = z
  .object({
    code: z.enum(Object.keys(faceReasons) as [FaceReasonCode, ...FaceReasonCode[]]),
    image: z.string().optional().describe('The input it is about'),
    title: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'Warning' });

export const ImageFactsJson = z.object({
  width: z.number().int(),
  height: z.number().int(),
});

export const DetectionJson = z
  .object({
    image: ImageFactsJson,
    faces: z.array(FaceJson).describe('Largest first'),
    models: z.array(ModelRefJson),
  })
  .meta({ id: 'FaceDetection' });

export const MatchJson = z
  .object({ similarity: Percent, face: FaceJson })
  .meta({ id: 'FaceMatch' });

export const ComparisonJson = z
  .object({
    similarity_threshold: Percent,
    source_face: FaceJson.describe('The largest face of the source'),
    matches: z.array(MatchJson).describe('At or above the threshold, most alike first'),
    unmatched: z.array(MatchJson),
    warnings: z.array(WarningJson),
    models: z.array(ModelRefJson),
  })
  .meta({ id: 'FaceComparison' });

export const IdentityJson = z
  .object({
    verdict: z.enum(['match', 'no_match', 'review', 'inconclusive']),
    similarity: Percent.optional(),
    reasons: z.array(WarningJson).describe('Why it is not a plain match; empty for a match'),
    warnings: z.array(WarningJson),
    document_face: FaceJson.optional(),
    selfie_face: FaceJson.optional(),
    models: z.array(ModelRefJson),
  })
  .meta({ id: 'IdentityVerification' });

export function toDetectionJson(analysis: FaceAnalysis): z.infer<typeof DetectionJson> {
  return {
    image: analysis.image,
    faces: analysis.faces.map(toFaceJson),
    models: analysis.models.map(toModelJson),
  };
}

export function toComparisonJson(comparison: FaceComparison): z.infer<typeof ComparisonJson> {
  return {
    similarity_threshold: comparison.similarityThreshold,
    source_face: toFaceJson(comparison.sourceFace),
    matches: comparison.matches.map(toMatchJson),
    unmatched: comparison.unmatched.map(toMatchJson),
    warnings: comparison.warnings.map(toWarningJson),
    models: mergeModels(comparison.source, comparison.target),
  };
}

export function toIdentityJson(verification: IdentityVerification): z.infer<typeof IdentityJson> {
  const { decision, document, selfie } = verification;
  const [portrait] = document.faces;
  const [face] = selfie.faces;
  return {
    verdict: decision.verdict,
    ...(decision.similarity !== undefined && { similarity: roundDown(decision.similarity) }),
    reasons: decision.reasons.map(toWarningJson),
    warnings: decision.warnings.map(toWarningJson),
    ...(portrait && { document_face: toFaceJson(portrait) }),
    ...(face && { selfie_face: toFaceJson(face) }),
    models: mergeModels(document, selfie),
  };
}

export function toFaceJson(face: AnalysedFace): FaceJson {
  const { box, confidence, landmarks, pose, quality, age } = face;
  return {
    box: toBoxJson(box),
    confidence: round(confidence, 2),
    landmarks: landmarks.map(({ type, x, y }) => ({ type, x: round(x, 2), y: round(y, 2) })),
    pose: { yaw: round(pose.yaw, 1), pitch: round(pose.pitch, 1), roll: round(pose.roll, 1) },
    quality: {
      sharpness: quality.sharpness,
      brightness: quality.brightness,
      contrast: quality.contrast,
      size: quality.size,
      eyes_open: quality.eyesOpen,
      mouth_open: quality.mouthOpen,
      frontal: quality.frontal,
      visible: quality.visible,
      overall: quality.overall,
    },
    ...(age && { age: { estimate: age.years, low: age.low, high: age.high } }),
  };
}

export function toWarningJson({ code, image }: FaceWarning): z.infer<typeof WarningJson> {
  return { code, ...(image !== undefined && { image }), ...faceReasons[code] };
}

function toMatchJson({ similarity, face }: FaceMatch): z.infer<typeof MatchJson> {
  return { similarity: roundDown(similarity), face: toFaceJson(face) };
}

function toBoxJson({ x, y, width, height }: Box): z.infer<typeof BoxJson> {
  return { x: round(x, 1), y: round(y, 1), width: round(width, 1), height: round(height, 1) };
}

function toModelJson({ name, version, sha256 }: ModelRef): ModelRef {
  return { name, version, sha256 };
}

function mergeModels(...analyses: readonly FaceAnalysis[]): ModelRef[] {
  const byDigest = new Map(
    analyses.flatMap(({ models }) => models.map((model) => [model.sha256, toModelJson(model)])),
  );
  return [...byDigest.values()];
}

/** Two digits, never up: what is printed as 80 has reached a threshold of 80. */
function roundDown(similarity: number): number {
  return Math.floor(similarity * 100) / 100;
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
