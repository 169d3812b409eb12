/** The door of models: catalogue, conversion at install, packs. */
export { parseAlignment } from './alignment-names.ts';
export { type PrepareStep, prepareModels } from './convert-models.usecase.ts';
export {
  listModels,
  type ModelFinding,
  type ModelInventory,
  verifyModels,
} from './inspect-models.usecase.ts';
export { parseManifest } from './manifest-faults.ts';
export {
  type Calibration,
  type FusedCard,
  isConvertible,
  ModelCard,
  type PackWarning,
  packWarnings,
} from './model-card.ts';
export {
  packageCacheDir,
  readCatalogue,
  readFusedCards,
  sha256OfFile,
} from './model-files.usecase.ts';
export {
  type FusionRule,
  fuseRefs,
  type ModelPack,
  type PackContents,
  PackModel,
} from './model-pack.ts';
export { LOCAL_PACK, readPack, removeFromPack } from './pack-store.usecase.ts';
export { installPlan, type PullPlan, planFile, planPull } from './pull-models.usecase.ts';
export { renderModelCards } from './render-cards.ts';
export { type ResolveOptions, resolveModels } from './resolve-models.usecase.ts';
export { parseScale } from './scale-grammar.ts';
