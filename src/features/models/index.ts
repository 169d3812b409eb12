/** The door of models: the catalogue, conversion at install, packs and their installation. */
export { parseAlignment } from './alignment-names.ts';
export { prepareModels } from './convert-models.usecase.ts';
export { listModels, type ModelInventory, verifyModels } from './inspect-models.usecase.ts';
export { parseManifest } from './manifest-faults.ts';
export { type Calibration, isConvertible } from './model-card.ts';
export {
  packageCacheDir,
  readCatalogue,
  readFusedCards,
  sha256OfFile,
} from './model-files.usecase.ts';
export { type ModelPack, type PackContents, PackModel } from './model-pack.ts';
export { LOCAL_PACK, removeFromPack } from './pack-store.usecase.ts';
export { installPlan, type PullPlan, planFile, planPull } from './pull-models.usecase.ts';
export { renderModelCards } from './render-cards.ts';
export { resolveModels } from './resolve-models.usecase.ts';
export { parseScale } from './scale-grammar.ts';
