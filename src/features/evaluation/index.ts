/** The door of the evaluation lab: error rates on any labelled data, one report a question. */
export { parseCsv } from './csv.ts';
export { embedFiles } from './embed-files.usecase.ts';
export {
  type BarcodeReport,
  type EvaluateBarcodesOptions,
  evaluateBarcodes,
} from './evaluate-barcodes.usecase.ts';
export { evaluateFaces } from './evaluate-faces.usecase.ts';
export { evaluateFields } from './evaluate-fields.usecase.ts';
export { type EvaluateMrzOptions, evaluateMrz } from './evaluate-mrz.usecase.ts';
export { type EvaluatePadOptions, evaluatePad } from './evaluate-pad.usecase.ts';
export { evaluateSearch, type SearchReport } from './evaluate-search.usecase.ts';
export type { FaceRates, FaceReport } from './face-report.ts';
export type { FieldFigures, FieldsReport } from './fields-evaluation.ts';
export { pointAtFmr } from './metrics.ts';
export type { MrzFigures, MrzReport } from './mrz-evaluation.ts';
export { type PadReport, type PadTrial, reportPad } from './pad-report.ts';
export { renderPadReport } from './render-pad-report.ts';
export { renderFaceReport, renderSearchReport } from './report.ts';
