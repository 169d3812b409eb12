/** The door of models: catalogue, conversion at install, packs. */
export { prepareModels } from './convert-models.usecase.ts';
export { type Calibration, isConvertible, ModelCard } from './model-card.ts';
export { packageCacheDir, readCatalogue } from './model-files.usecase.ts';
export {
  type FusionRule,
  type ModelPack,
  type PackWarning,
  packWarnings,
} from './model-pack.ts';
export { type ResolveOptions, resolveModels } from './resolve-models.usecase.ts';
