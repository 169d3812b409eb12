import { z } from 'zod';
import type { Box } from '../../core/image.ts';
import {
  type AnalysedFace,
  DEFAULT_SIMILARITY_THRESHOLD,
  type FaceAnalysis,
  type FaceComparison,
  qualityFilters,
} from '../faces/index.ts';

/**
 * Requests and answers of CompareFaces and DetectFaces as in the service model of Amazon Rekognition, 2016-06-27.
 * Boxes and points are fractions of the picture. Unknown fields are ignored, as that protocol wants it.
 */

/** Largest `Bytes`; objects may be three times as large. */
export const MAX_AWS_BYTES = 5_242_880;
/** Where base64 stands in the requests. */
export const binaryPaths = ['SourceImage', 'TargetImage', 'Image'].map((name) => [name, 'Bytes']);

const Image = z
  .object({
    Bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length > 0),
    S3Object: z.object({
      Bucket: z.string(),
      Name: z.string(),
      Version: z.string().nullish(),
    }),
  })
  .partial()
  .refine(({ Bytes, S3Object }) => (Bytes === undefined) !== (S3Object === undefined));
export type AwsImage = z.infer<typeof Image>;

const attributes = [
  'DEFAULT',
  'ALL',
  'AGE_RANGE',
  'BEARD',
  'EMOTIONS',
  'EYE_DIRECTION',
  'EYEGLASSES',
  'EYES_OPEN',
  'GENDER',
  'MOUTH_OPEN',
  'MUSTACHE',
  'FACE_OCCLUDED',
  'SMILE',
  'SUNGLASSES',
] as const;
type Attribute = (typeof attributes)[number];

export const CompareFacesRequest = z.object({
  SourceImage: Image,
  TargetImage: Image,
  SimilarityThreshold: z.number().min(0).max(100).nullish(),
  QualityFilter: z.enum(qualityFilters).nullish(),
});

export const DetectFacesRequest = z.object({
  Image,
  Attributes: z.array(z.enum(attributes)).nullish(),
});

export const DEFAULT_THRESHOLD = DEFAULT_SIMILARITY_THRESHOLD;

/** The five landmarks that CompareFaces gives; DetectFaces gives all thirty. */
const comparedLandmarks = new Set(['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose']);

export function toCompareFacesResponse({ source, target, ...comparison }: FaceComparison) {
  return {
    SourceImageFace: {
      BoundingBox: toBoundingBox(comparison.sourceFace.box, source.image),
      Confidence: comparison.sourceFace.confidence,
    },
    FaceMatches: comparison.matches.map(({ similarity, face }) => ({
      Similarity: similarity,
      Face: toComparedFace(face, target.image),
    })),
    UnmatchedFaces: comparison.unmatched.map(({ face }) => toComparedFace(face, target.image)),
  };
}

export function toDetectFacesResponse(
  { faces, image }: FaceAnalysis,
  wanted: readonly Attribute[],
) {
  return { FaceDetails: faces.map((face) => toFaceDetail(face, image, wanted)) };
}

/** Whether these attributes need the age model. */
export function wantsAge(wanted: readonly Attribute[]): boolean {
  return wanted.includes('ALL') || wanted.includes('AGE_RANGE');
}

type Size = FaceAnalysis['image'];

function toComparedFace(face: AnalysedFace, image: Size) {
  return {
    BoundingBox: toBoundingBox(face.box, image),
    Confidence: face.confidence,
    Landmarks: toLandmarks(face, image).filter(({ Type }) => comparedLandmarks.has(Type)),
    Pose: toPose(face),
    Quality: toQuality(face),
  };
}

/** Attributes that no installed model gives (emotions, beard, glasses, …) are left out, never made up. */
function toFaceDetail(face: AnalysedFace, image: Size, wanted: readonly Attribute[]) {
  const wants = (attribute: Attribute) => wanted.includes('ALL') || wanted.includes(attribute);
  const { age, quality } = face;
  return {
    BoundingBox: toBoundingBox(face.box, image),
    Confidence: face.confidence,
    Landmarks: toLandmarks(face, image),
    Pose: toPose(face),
    Quality: toQuality(face),
    ...(age &&
      wants('AGE_RANGE') && {
        AgeRange: { Low: Math.floor(age.low), High: Math.ceil(age.high) },
      }),
    ...(wants('EYES_OPEN') && { EyesOpen: toState(quality.eyesOpen) }),
    ...(wants('MOUTH_OPEN') && { MouthOpen: toState(quality.mouthOpen) }),
  };
}

/** An opening measured on the mesh, 0 to 100: the confidence is its distance from the other state. */
function toState(opening: number) {
  return { Value: opening >= 50, Confidence: Math.max(opening, 100 - opening) };
}

export function toBoundingBox({ x, y, width, height }: Box, image: Size) {
  return {
    Width: width / image.width,
    Height: height / image.height,
    Left: x / image.width,
    Top: y / image.height,
  };
}

function toLandmarks({ landmarks }: AnalysedFace, { width, height }: Size) {
  return landmarks.map(({ type, x, y }) => ({ Type: type, X: x / width, Y: y / height }));
}

function toPose({ pose }: AnalysedFace) {
  return { Roll: pose.roll, Yaw: pose.yaw, Pitch: pose.pitch };
}

function toQuality({ quality }: AnalysedFace) {
  return { Brightness: quality.brightness, Sharpness: quality.sharpness };
}

/** JPEG or PNG by their first bytes: that service takes nothing else. */
export function isJpegOrPng(bytes: Uint8Array): boolean {
  const startsWith = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  return startsWith(0xff, 0xd8, 0xff) || startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
}
