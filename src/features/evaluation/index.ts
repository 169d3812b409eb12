/** The door of the evaluation lab: error rates on any labelled data, one report a question. */
export { parseCsv } from './csv.ts';
export {
  type EmbedOptions,
  embedFiles,
  type FileFailure,
  type OnProgress,
} from './embed-files.usecase.ts';
export {
  type BarcodeReport,
  type EvaluateBarcodesOptions,
  evaluateBarcodes,
} from './evaluate-barcodes.usecase.ts';
export { type EvaluateFacesOptions, evaluateFaces } from './evaluate-faces.usecase.ts';
export { type EvaluateMrzOptions, evaluateMrz } from './evaluate-mrz.usecase.ts';
export {
  type EvaluateSearchOptions,
  evaluateSearch,
  type SearchReport,
} from './evaluate-search.usecase.ts';
export { type FaceRates, type FaceReport, type PairScores, summarise } from './face-report.ts';
export {
  equalErrorRate,
  type OperatingPoint,
  operatingPoints,
  pointAtFmr,
  rankOneRate,
  ratesAt,
  type ScoreSet,
  searchAtFpir,
  wilson95,
} from './metrics.ts';
export type { MrzFigures, MrzReport } from './mrz-evaluation.ts';
export { escapeXml, type Plot, renderPlot } from './plots.ts';
export { renderFaceReport, renderSearchReport } from './report.ts';
