/** What is wrong with a capture, in words that help whoever holds the camera. */
export const captureHints = {
  no_document:
    'No document can be seen. Put it on a plain, dark surface and fill the frame with it.',
  cut_off: 'A part of the document is outside the picture. Move back until all four corners show.',
  too_far: 'The document is too small in the picture. Move closer.',
  blurred: 'The picture is blurred. Hold still and let the camera focus.',
  glare: 'A reflection covers part of the document. Tilt it or move away from the light.',
  too_dark: 'The picture is too dark. Find more light.',
  two_documents: 'More than one document is in the picture. Show one at a time.',
  wrong_side: 'This is the other side of the document. Turn it over.',
} as const;
export type CaptureHint = keyof typeof captureHints;

/** The reason code of a hint in the result of a check: `CAPTURE_CUT_OFF`. */
export function captureReason(hint: CaptureHint): string {
  return `CAPTURE_${hint.toUpperCase()}`;
}

/** Measurements that hints are made from; what could not be measured is absent. */
export interface CaptureFacts {
  readonly found: boolean;
  /** Distance of the nearest corner from the edge of the picture, as a share of its longer side; negative outside. */
  readonly margin?: number;
  /** Pixels per millimetre of the document in the picture. */
  readonly pixelsPerMm?: number;
  /** Variance of the Laplacian of the flattened document over its variance, at about its own resolution. */
  readonly sharpness?: number;
  /** Mean brightness of the document, 0…255. */
  readonly brightness?: number;
  /** Share of the document that is blown out, where the document is not white itself. */
  readonly glare?: number;
  readonly documents: number;
  readonly wantedSide?: 'front' | 'back';
  readonly hasPortrait: boolean;
  readonly hasZoneOrBarcode: boolean;
}

/** A zone needs about ten pixels a character, that is four a millimetre. */
const leastPixelsPerMm = 4;
const leastSharpness = 0.012;
const leastBrightness = 45;
const mostGlare = 0.04;

export function hintsOf(facts: CaptureFacts): CaptureHint[] {
  if (!facts.found) return ['no_document'];
  const { margin = 1, pixelsPerMm = 99, sharpness = 1, brightness = 128, glare = 0 } = facts;
  return [
    ...(margin < 0.002 ? (['cut_off'] as const) : []),
    ...(pixelsPerMm < leastPixelsPerMm ? (['too_far'] as const) : []),
    ...(sharpness < leastSharpness ? (['blurred'] as const) : []),
    ...(glare > mostGlare ? (['glare'] as const) : []),
    ...(brightness < leastBrightness ? (['too_dark'] as const) : []),
    ...(facts.documents > 1 ? (['two_documents'] as const) : []),
    ...(isWrongSide(facts) ? (['wrong_side'] as const) : []),
  ];
}

/** A portrait without zone or barcode is a front; a zone or barcode without portrait a back. Both or neither: no telling. */
function isWrongSide({ wantedSide, hasPortrait, hasZoneOrBarcode }: CaptureFacts): boolean {
  if (wantedSide === 'back') return hasPortrait && !hasZoneOrBarcode;
  if (wantedSide === 'front') return hasZoneOrBarcode && !hasPortrait;
  return false;
}
