import { AppError } from '../../core/errors.ts';
import type { RunOptions, TaskRunner } from '../../core/task.ts';
import { cosineSimilarity } from '../../vision/tasks/embed-face.ts';
import type { ModelPack } from '../models/index.ts';
import { analyseFaces } from './analyse-faces.task.ts';
import { type AnalysedFace, type FaceAnalysis, MIN_FACE_WIDTH } from './face.ts';
import type { FaceWarning } from './face-reasons.ts';
import { passesFilter, type QualityFilter, warnAboutFace } from './quality-filter.ts';
import { DEFAULT_SIMILARITY_THRESHOLD, toSimilarity } from './similarity.ts';

/** What a comparison needs to know about the installed models. */
export type FaceModels = Pick<ModelPack, 'calibration' | 'warnings'>;

export interface CompareOptions {
  /** 0…100, default 80. */
  readonly similarityThreshold?: number;
  /** Target faces below it are neither matched nor unmatched; default `NONE`. */
  readonly qualityFilter?: QualityFilter;
  /** The source is a photograph of a document, which may lie on its side or head. */
  readonly sourceAnyTurn?: boolean;
}

export interface FaceMatch {
  readonly face: AnalysedFace;
  /** 0…100, calibrated; see `toSimilarity`. */
  readonly similarity: number;
  /** −1…1, mean over the models. */
  readonly cosine: number;
}

export interface FaceComparison {
  readonly source: FaceAnalysis;
  readonly target: FaceAnalysis;
  /** The largest face of the source. */
  readonly sourceFace: AnalysedFace;
  /** Similarity at or above the threshold, descending. */
  readonly matches: readonly FaceMatch[];
  /** The other target faces that passed the filter, descending too. */
  readonly unmatched: readonly FaceMatch[];
  readonly similarityThreshold: number;
  readonly warnings: readonly FaceWarning[];
}

/**
 * The largest face of one picture against every face of another, as CompareFaces of Amazon Rekognition.
 * @throws AppError face_not_found | image_* | vision_*
 */
export async function compareFaces(
  runner: TaskRunner,
  models: FaceModels,
  images: { readonly source: Uint8Array; readonly target: Uint8Array },
  options: CompareOptions & RunOptions = {},
): Promise<FaceComparison> {
  const run = { ...(options.signal && { signal: options.signal }) };
  const [source, target] = await Promise.all([
    runner.run(
      analyseFaces,
      {
        bytes: images.source,
        name: 'source',
        embed: 'first',
        anyTurn: options.sourceAnyTurn ?? false,
      },
      run,
    ),
    runner.run(
      analyseFaces,
      { bytes: images.target, name: 'target', scope: 'all', embed: 'all' },
      run,
    ),
  ]);
  return matchFaces(source, target, models, options);
}

/**
 * The part of a comparison after the pictures: pure.
 * @throws AppError face_not_found when one of them has no usable face
 */
export function matchFaces(
  source: FaceAnalysis,
  target: FaceAnalysis,
  models: FaceModels,
  options: CompareOptions = {},
): FaceComparison {
  const { similarityThreshold = DEFAULT_SIMILARITY_THRESHOLD, qualityFilter = 'NONE' } = options;
  const sourceFace = requireFace(source, 'source', qualityFilter);
  requireFace(target, 'target', 'NONE');
  const compared = target.faces
    .filter((face) => passesFilter(face, qualityFilter))
    .map((face) => compareTwo(sourceFace, face, models))
    .sort((a, b) => b.cosine - a.cosine);
  return {
    source,
    target,
    sourceFace,
    matches: compared.filter(({ similarity }) => similarity >= similarityThreshold),
    unmatched: compared.filter(({ similarity }) => similarity < similarityThreshold),
    similarityThreshold,
    warnings: [
      ...warnAboutFace(source, 'source'),
      ...warnAboutFace(target, 'target').filter(({ code }) => code !== 'MULTIPLE_FACES'),
      ...models.warnings.map((code) => ({ code })),
    ],
  };
}

/** Both faces must carry embeddings of the same models. */
export function compareTwo(
  a: AnalysedFace,
  b: AnalysedFace,
  { calibration }: FaceModels,
): FaceMatch {
  const cosine = cosineSimilarity(a.embedding ?? [], b.embedding ?? []);
  return { face: b, cosine, similarity: toSimilarity(cosine, calibration) };
}

/**
 * The largest face.
 * @throws AppError face_not_found that says what was seen instead
 */
export function requireFace(
  { faces, widestTooSmall }: FaceAnalysis,
  name: string,
  filter: QualityFilter = 'NONE',
): AnalysedFace {
  const [face] = faces;
  if (face && passesFilter(face, filter)) return face;
  if (face) {
    const detail = `\`${name}\`: the face does not pass the quality filter ${filter}; its overall quality is ${face.quality.overall}`;
    throw new AppError('face_not_found', detail);
  }
  const detail = widestTooSmall
    ? `\`${name}\`: no face found; the largest candidate was ${Math.floor(widestTooSmall)} px wide, at least ${MIN_FACE_WIDTH} px are needed`
    : `\`${name}\`: no face found; a face at least ${MIN_FACE_WIDTH} px wide is needed`;
  throw new AppError('face_not_found', detail);
}
