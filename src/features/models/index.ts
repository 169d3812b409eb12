/** The door of models: catalogue, conversion at install, packs. */
export { prepareModels } from './convert-models.usecase.ts';
export {
  type Calibration,
  isConvertible,
  ModelCard,
  type PackWarning,
  packWarnings,
} from './model-card.ts';
export { packageCacheDir, readCatalogue } from './model-files.usecase.ts';
export { type FusionRule, fuseRefs, type ModelPack } from './model-pack.ts';
export { readPack } from './pack-store.usecase.ts';
export { type ResolveOptions, resolveModels } from './resolve-models.usecase.ts';
