import type { AnalysedFace, FaceAnalysis } from './face.ts';
import type { FaceWarning } from './face-reasons.ts';

/** As in Amazon Rekognition: which faces are good enough to be compared. `AUTO` is `LOW`. */
export const qualityFilters = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type QualityFilter = (typeof qualityFilters)[number];

/** Least `quality.overall` by level; docs/faces.md shows what each lets through. */
export const minimumOverall: Readonly<Record<QualityFilter, number>> = {
  NONE: 0,
  AUTO: 25,
  LOW: 25,
  MEDIUM: 40,
  HIGH: 55,
};

export function passesFilter({ quality }: AnalysedFace, filter: QualityFilter): boolean {
  return quality.overall >= minimumOverall[filter];
}

/** What may be wrong with the largest face of a picture, for people; empty for a good one. */
export function warnAboutFace(analysis: FaceAnalysis, image: string): FaceWarning[] {
  const [face, second] = analysis.faces;
  if (!face) return [{ code: 'NO_FACE_DETECTED', image }];
  const { quality } = face;
  const found: (FaceWarning['code'] | false)[] = [
    isRival(face, second) && 'MULTIPLE_FACES',
    quality.size < 25 && 'FACE_TOO_SMALL',
    quality.sharpness < 25 && 'FACE_BLURRED',
    quality.brightness < 18 && 'LOW_FACE_LUMINANCE',
    quality.brightness > 88 && 'HIGH_FACE_LUMINANCE',
    quality.contrast < 12 && 'LOW_FACE_CONTRAST',
    quality.frontal < 30 && 'FACE_TURNED_AWAY',
    quality.visible < 60 && 'FACE_CUT_OFF_OR_COVERED',
    quality.eyesOpen < 10 && 'EYES_CLOSED',
    quality.overall < minimumOverall.LOW && 'LOW_FACE_QUALITY',
  ];
  return found.filter((code) => code !== false).map((code) => ({ code, image }));
}

/** A bystander counts from a quarter of the main face's area: not the crowd in the distance. */
function isRival(face: AnalysedFace, second: AnalysedFace | undefined): boolean {
  const area = ({ box }: AnalysedFace) => box.width * box.height;
  return second !== undefined && area(second) >= area(face) / 4;
}
