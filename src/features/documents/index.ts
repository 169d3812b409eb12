/**
 * The door of documents: what a picture of an identity document says, and how sure that is.
 *
 * Tasks turn pictures into facts on a `TaskRunner`; `parseMrz`, `correctMrz` and `parseAamva` are pure and read text
 * that came from elsewhere (a chip, another reader).
 */
export { type AamvaFields, type ParsedAamva, parseAamva } from './aamva.ts';
export { type CaptureHint, captureHints, captureReason } from './capture-hints.ts';
export {
  type CrossCheck,
  type CrossCheckedField,
  certainPrint,
  crossCheck,
  crossCheckedFields,
  nameLikeness,
  type SourcedValue,
} from './cross-check.ts';
export { crossCheckReading } from './document-facts.ts';
export {
  type DocumentFieldsJson,
  DocumentReadingJson,
  toDocumentJson,
  toProofJson,
} from './document-schemas.ts';
export { addDocumentRoutes, type DocumentRoutesOptions } from './documents.routes.ts';
export { type MrzFault, type MrzFields, type ParsedMrz, parseMrz } from './mrz.ts';
export { correctMrz, type MrzCorrection } from './mrz-correct.ts';
export type { IsoDate } from './mrz-dates.ts';
export type { DecodedMrz } from './mrz-decode.ts';
export { transliterate, transliterations } from './mrz-names.ts';
export { isPdf } from './pdf-signature.ts';
export type { PictureInput } from './picture-input.ts';
export { matchProof } from './proof-of-address.ts';
export { readBarcodesTask } from './read-barcodes.task.ts';
export { type DocumentReading, readDocument } from './read-document.task.ts';
export { readLetter } from './read-letter.usecase.ts';
export { readMrzTask } from './read-mrz.task.ts';
export { readProofOfAddress } from './read-proof.task.ts';
export { fitsNumberForm, visualFieldNames } from './visual-fields.ts';
