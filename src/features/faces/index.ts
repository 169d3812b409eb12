/**
 * The door of faces: what is on a picture, and whether two pictures show the same person.
 *
 * `analyseFaces` is the task (bytes → `FaceAnalysis`); `compareFaces` and `verifyIdentity` run it on a
 * `TaskRunner` and need the installed pack's `calibration` and `warnings`. Answers are plain data with
 * pixel boxes; the functions and schemas of face-schemas.ts give their JSON form in snake_case.
 */
export { type AnalyseFacesInput, analyseFaces } from './analyse-faces.task.ts';
export {
  type CompareOptions,
  compareFaces,
  compareTwo,
  type FaceComparison,
  type FaceMatch,
  type FaceModels,
  matchFaces,
  requireFace,
} from './compare-faces.usecase.ts';
export {
  decideIdentity,
  type IdentityDecision,
  type IdentityPolicy,
  type IdentityVerdict,
} from './decide-identity.ts';
export {
  type AnalysedFace,
  type FaceAnalysis,
  type FaceTimings,
  MAX_FACES,
  MIN_FACE_WIDTH,
} from './face.ts';
export { type FaceReasonCode, type FaceWarning, faceReasons } from './face-reasons.ts';
export {
  toComparisonJson,
  toIdentityJson,
} from './face-schemas.ts';
export { addFaceRoutes, type FaceRoutesOptions } from './faces.routes.ts';
export { addIdentityRoutes } from './identity.routes.ts';
export {
  minimumOverall,
  passesFilter,
  type QualityFilter,
  qualityFilters,
  warnAboutFace,
} from './quality-filter.ts';
export { DEFAULT_SIMILARITY_THRESHOLD, toSimilarity } from './similarity.ts';
export {
  decideOn,
  type IdentityVerification,
  verifyIdentity,
} from './verify-identity.usecase.ts';
