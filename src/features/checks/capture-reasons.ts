import type { Reason } from './check.ts';

/** Why a picture of a document is to be taken again; a side of which nothing at all could be read. */
export const captureReasons: Readonly<Record<string, Reason>> = {
  CAPTURE_NO_DOCUMENT: { severity: 'warning', title: 'No document can be seen' },
  CAPTURE_CUT_OFF: { severity: 'warning', title: 'A part of the document is outside the picture' },
  CAPTURE_TOO_FAR: { severity: 'warning', title: 'The document is too small in the picture' },
  CAPTURE_BLURRED: { severity: 'warning', title: 'The picture of the document is blurred' },
  CAPTURE_GLARE: { severity: 'warning', title: 'A reflection covers part of the document' },
  CAPTURE_TOO_DARK: { severity: 'warning', title: 'The picture of the document is too dark' },
  CAPTURE_WRONG_SIDE: { severity: 'warning', title: 'The other side of the document was shown' },
};
