/**
 * Everything a face answer may warn about or be decided by. Codes are stable: clients and workflows switch on
 * them. `title` says what was seen, `hint` what the person in front of the camera can do about it.
 */
export const faceReasons = {
  NO_FACE_DETECTED: {
    title: 'No face was found',
    hint: 'Show the whole face, well lit and close enough to fill a third of the picture.',
  },
  PORTRAIT_IMAGE_NOT_DETECTED: {
    title: 'No portrait was found on the document',
    hint: 'Photograph the side with the portrait, flat and without glare.',
  },
  MULTIPLE_FACES: {
    title: 'More than one face is in the picture; the largest was used',
    hint: 'Take the picture alone.',
  },
  FACE_TOO_SMALL: {
    title: 'The face is small: fine detail is missing',
    hint: 'Come closer to the camera.',
  },
  LOW_FACE_QUALITY: {
    title: 'The picture of the face is poor; a comparison may err',
    hint: 'Take a new picture in good light, facing the camera.',
  },
  FACE_BLURRED: {
    title: 'The face is blurred',
    hint: 'Hold still and let the camera focus.',
  },
  LOW_FACE_LUMINANCE: {
    title: 'The face is too dark',
    hint: 'Turn towards a window or a lamp.',
  },
  HIGH_FACE_LUMINANCE: {
    title: 'The face is too bright',
    hint: 'Move out of direct light.',
  },
  LOW_FACE_CONTRAST: {
    title: 'The face is flat or foggy',
    hint: 'Clean the lens and avoid light from behind.',
  },
  FACE_TURNED_AWAY: {
    title: 'The face is turned away from the camera',
    hint: 'Look straight into the camera.',
  },
  FACE_CUT_OFF_OR_COVERED: {
    title: 'A part of the face is outside the picture or covered',
    hint: 'Show the whole face, without mask, scarf or hands.',
  },
  EYES_CLOSED: {
    title: 'The eyes seem closed',
    hint: 'Keep both eyes open.',
  },
  LOW_FACE_MATCH_SIMILARITY: {
    title: 'The faces are alike, but not enough to be sure',
    hint: 'Take a new selfie in good light, facing the camera, without glasses.',
  },
  FACE_MISMATCH: {
    title: 'The faces do not look like the same person',
    hint: 'Make sure that the document is your own and take a new selfie in good light.',
  },
  FACE_MODEL_KNOWN_BIAS: {
    title: 'The face model confuses different people of some groups far more often than others',
    hint: 'Have a person confirm a match, or install a better model pack.',
  },
  EMBEDDING_NOT_CALIBRATED: {
    title: 'No error rates were measured for this face model',
    hint: 'Measure it with `bonafide evaluate faces` before you rely on a match.',
  },
  MODEL_LICENCE_RESTRICTED: {
    title: 'A face model was trained on data whose terms may forbid this use',
    hint: 'Get legal advice before commercial use, or install another model pack.',
  },
} as const satisfies Record<string, { title: string; hint: string }>;

export type FaceReasonCode = keyof typeof faceReasons;

/** Which picture a warning is about: the input's name, as refusals call it (`source`, `selfie`, …). */
export interface FaceWarning {
  readonly code: FaceReasonCode;
  /** Absent when it concerns the comparison as a whole. */
  readonly image?: string;
}
